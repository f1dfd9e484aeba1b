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
        with Image.open(source) as picture:
            picture.load()
    except OSError as error:
        raise BadInput(
            f"{source} is no picture that can be read ({error}): remove it, and it is drawn again."
        ) from error
    if picture.mode in ("L", "P") or picture.convert("RGB").getcolors(COLOURS) is not None:
        if source != target:
            copy_file(source, target)
        return
    few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
    with atomic_write(target) as handle:
        few.save(handle, format="PNG", optimize=True)
