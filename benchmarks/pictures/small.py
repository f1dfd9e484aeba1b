"""Pictures in 256 colours of their own: about a third of the bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from common.errors import BadInput
from common.files import atomic_write

COLOURS = 256


def drawing_png(picture: Image.Image, dpi: float) -> bytes:
    """The PNG of lines, letters and areas: each colour of the picture has one of the 256 near it, rare ones too."""
    few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    return _png(few, dpi=(dpi, dpi))


def save_small(source: Path, target: Path) -> None:
    """Write the PNG `source` to `target` (which may be `source`) with 256 colours, chosen for it and dithered; with its
    own, and in no more bytes than it has, if those are no more than that.

    Raises:
        BadInput: `source` is no picture.
        GanbenchError: `target` cannot be written.
    """
    try:
        before = source.read_bytes()
        with Image.open(io.BytesIO(before)) as opened:
            picture = opened.convert("RGB")
    except OSError as error:
        raise BadInput(f"{source} is no picture ({error}): remove it, and it is drawn again.") from error
    has_few = picture.getcolors(COLOURS) is not None
    data = _png(picture.quantize(COLOURS, dither=Image.Dither.NONE if has_few else Image.Dither.FLOYDSTEINBERG))
    with atomic_write(target) as handle:
        handle.write(before if has_few and len(before) <= len(data) else data)


def _png(picture: Image.Image, **notes: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, format="PNG", optimize=True, **notes)
    return data.getvalue()
