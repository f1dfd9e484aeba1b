"""Pictures for people: quantising, grids, animations; pure NumPy and Pillow on uint8 NHWC arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from common.files import atomic_write


class NonFiniteImagesError(ValueError):
    """Images that contain NaN or infinite values: the generator has diverged."""


def quantize(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Images in -1..1 to uint8: round (x + 1) * 127.5 to the nearest level, ties to even, clipped to 0..255.

    The only quantisation in the project: every engine's samples pass through it, so scores and pictures
    never depend on a framework's rounding.

    Raises:
        NonFiniteImagesError: the images contain NaN or infinite values; the message counts them.
    """
    finite = np.isfinite(images)
    if not finite.all():
        broken = int((~finite.reshape(len(images), -1).all(axis=1)).sum())
        raise NonFiniteImagesError(f"{broken} of {len(images)} images contain values that are not finite.")
    return np.clip(np.rint((images.astype(np.float64) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def grid(images: NDArray[np.uint8], columns: int, gap: int = 2, background: int = 255) -> NDArray[np.uint8]:
    """Images (n, h, w, c) row by row in one picture, (rows * (h + gap) - gap, columns * (w + gap) - gap, c).

    Raises:
        ValueError: no images, or columns below 1.
    """
    if len(images) == 0 or columns < 1:
        raise ValueError(f"A grid needs images and columns, not {len(images)} and {columns}.")
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    picture = np.full(shape, background, dtype=np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        picture[top : top + height, left : left + width] = image
    return picture


def to_pillow(picture: NDArray[np.uint8], scale: int = 1) -> Image.Image:
    """A picture (h, w, 1 or 3) as a Pillow image, each pixel `scale` by `scale`."""
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def save_png(path: Path, picture: NDArray[np.uint8], scale: int = 1) -> None:
    """Write a picture (h, w, 1 or 3) as PNG, atomically."""
    with atomic_write(path) as handle:
        to_pillow(picture, scale).save(handle, format="PNG", optimize=True)


def save_gif(path: Path, frames: Sequence[Image.Image], milliseconds: int, last_milliseconds: int) -> None:
    """Write an endless animation of equally large frames, atomically; the last frame stays longer.

    Raises:
        ValueError: no frames.
    """
    if not frames:
        raise ValueError("An animation needs at least one frame.")
    durations = [milliseconds] * (len(frames) - 1) + [last_milliseconds]
    # 32 grey levels or 128 colours look the same in motion and take half the bytes
    first, *others = (
        ImageOps.posterize(frame, 5) if frame.mode == "L" else frame.quantize(128, Image.Quantize.FASTOCTREE)
        for frame in frames
    )
    with atomic_write(path) as handle:
        first.save(
            handle, format="GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False
        )
