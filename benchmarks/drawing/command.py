"""What `ganbench sample` and `ganbench interpolate` do with the images: a picture, an animation or an array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing.request import Request, draw
from common.errors import BadInput
from common.files import atomic_write
from common.images import grid, save_gif, save_png, to_pillow

COLUMNS = 10
SHOWN_PIXELS = 96


def save_samples(request: Request, out: Path) -> None:
    """Draw what `request` asks for and write it to `out`, in the form its ending names; prints where it went.

    Raises:
        BadInput: an ending other than .png, .gif or .npy, or a request that does not fit the generator.
    """
    if out.suffix not in (".png", ".gif", ".npy"):
        raise BadInput(f"--out {out}: the name must end in .png, .gif or .npy.")
    images = draw(request)
    if out.suffix == ".npy":
        with atomic_write(out) as handle:
            np.save(handle, images)
    elif out.suffix == ".gif":
        frames = [to_pillow(image, _scale(images)) for image in images]
        save_gif(out, frames, milliseconds=150, last_milliseconds=800)
    else:
        save_png(out, grid(images, columns=min(COLUMNS, len(images))), max(1, _scale(images) // 2))
    print(f"{len(images)} images: {out}")


def _scale(images: NDArray[np.uint8]) -> int:
    return max(1, SHOWN_PIXELS // images.shape[1])
