"""Pictures that are kept under version control: in 256 colours of their own, about a third of the bytes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from common.errors import BadInput
from common.files import atomic_write, copy_file

COLOURS = 256


def save_small(source: Path, target: Path) -> None:
    """Write the PNG `source` to `target` (which may be `source`) with 256 colours, chosen for it and dithered; as it is
    if it has no more than that.

    Raises:
        BadInput: `source` is no picture.
        GanbenchError: `target` cannot be written.
    """
    try:
        with Image.open(source) as opened:
            picture = opened.convert("RGB")
    except OSError as error:
        raise BadInput(f"{source} is no picture ({error}): remove it, and it is drawn again.") from error
    if picture.getcolors(COLOURS) is None:
        with atomic_write(target) as handle:
            few = picture.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
            few.save(handle, format="PNG", optimize=True)
    elif source != target:
        copy_file(source, target)
