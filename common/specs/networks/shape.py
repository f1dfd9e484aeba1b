"""What the data decide about a network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from common.errors import BadInput
from common.specs.base import Spec


def resolutions(image_size: int) -> list[int]:
    """The feature map sizes from 4 up to `image_size`, doubling: 32 -> [4, 8, 16, 32].

    Raises:
        BadInput: the size is not 4 times a power of two, or outside 8..1024.
    """
    sizes = [4 * 2**k for k in range(9)]
    if image_size not in sizes[1:]:
        near = min(sizes[1:], key=lambda size: abs(size - image_size))
        raise BadInput(f"image_size {image_size} is not 4 times a power of two between 8 and 1024: try {near}.")
    return sizes[: sizes.index(image_size) + 1]


class NetworkShape(Spec):
    """What the data decide about a network: image side and channels, and the number of classes (0: unlabelled)."""

    image_size: int
    channels: Literal[1, 3]
    classes: int = Field(0, ge=0, le=10_000)

    @classmethod
    def of(cls, images: tuple[int, ...], classes: int) -> NetworkShape:
        """The shape for an array of images (n, side, side, channels); a single class is no label."""
        return cls.model_validate(
            {"image_size": images[1], "channels": images[3], "classes": classes if classes > 1 else 0}
        )

    @model_validator(mode="after")
    def _size_is_buildable(self) -> NetworkShape:
        resolutions(self.image_size)
        return self
