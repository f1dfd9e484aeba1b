"""How a picture of any size becomes a square of the wanted size: named policies, one place, Pillow's filters.

A policy is written `FIT` or `FIT:FILTER`. The fits:
  pad     centre on a black square (plus the data set's own border), nothing cut, nothing distorted; then scale;
  crop    scale the shorter side to the wanted size and cut the centre square (the usual way for CelebA and folders);
  squash  scale both sides to the wanted size, changing the proportions (as the bachelor thesis did with CelebA).
The filters: `bicubic` (default) and `area` (box average). Both are Pillow's, whose support grows with the reduction, so
shrinking is antialiased in both (Parmar et al. 2022, "On aliased resizing", section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
from PIL import Image

from common.data.raw import Pixels
from common.errors import BadInput

Fit = Literal["pad", "crop", "squash"]
Filter = Literal["bicubic", "area"]

SMALLEST_SIZE = 4
SIZES = tuple(SMALLEST_SIZE << k for k in range(9))
_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "area": Image.Resampling.BOX}


@dataclass(frozen=True)
class ResizePolicy:
    """A fit and a filter; `str(policy)` is its name, as `pad` or `crop:area`."""

    fit: Fit
    filter: Filter = "bicubic"

    def __str__(self) -> str:
        return self.fit if self.filter == "bicubic" else f"{self.fit}:{self.filter}"


def parse_policy(text: str) -> ResizePolicy:
    """The policy called `text`.

    Raises:
        BadInput: no such fit or filter.
    """
    fit, _, filter_name = text.partition(":")
    filter_name = filter_name or "bicubic"
    if fit not in get_args(Fit) or filter_name not in _FILTERS:
        raise BadInput(
            f"Unknown resize policy '{text}': write pad, crop or squash, and if you like a filter behind it "
            "(crop:area; the filters are bicubic and area)."
        )
    return ResizePolicy(cast(Fit, fit), cast(Filter, filter_name))


def check_image_size(size: int) -> int:
    """Return `size` if the networks can make it: 4 times a power of two, from 4 to 1024 pixels.

    Raises:
        BadInput: any other number, with the nearest size that works.
    """
    if size in SIZES:
        return size
    nearest = min(SIZES, key=lambda candidate: (abs(candidate - size), candidate))
    raise BadInput(
        f"Image size {size} cannot be used: the networks double 4x4 maps, so it must be one of "
        f"{', '.join(map(str, SIZES))}; the nearest is {nearest}."
    )


def fit_square(picture: Image.Image | Pixels, size: int, policy: ResizePolicy, border: int = 0) -> Pixels:
    """Bring one picture to `size` x `size` by `policy`.

    Args:
        picture: a Pillow image of mode L or RGB, or uint8 (height, width) or (height, width, channels).
        size: the wanted side in pixels.
        policy: see the module's text.
        border: zero pixels on each side that the `pad` fit adds first.

    Returns:
        uint8 (size, size) or (size, size, channels), as the input.
    """
    if policy.fit == "pad":
        picture = _on_black_square(np.asarray(picture), border)
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if image.size == (size, size):
        return np.asarray(picture)
    box = _centre_square(image.width, image.height) if policy.fit == "crop" else None
    return np.asarray(image.resize((size, size), _FILTERS[policy.filter], box=box))


def _on_black_square(pixels: Pixels, border: int) -> Pixels:
    height, width = pixels.shape[:2]
    side = max(height, width) + 2 * border
    top, left = (side - height) // 2, (side - width) // 2
    canvas = np.zeros((side, side, *pixels.shape[2:]), np.uint8)
    canvas[top : top + height, left : left + width] = pixels
    return canvas


def _centre_square(width: int, height: int) -> tuple[float, float, float, float]:
    """The largest centred square as (left, upper, right, lower), in source pixels (halves allowed)."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side
