"""Specs of the network families: which generator and discriminator to build, and with which constants."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from common.errors import BadInput
from common.specs.base import Float32, Spec


class Normalization(Spec):
    """Batch normalisation constants: torch calls `1 - momentum` the momentum; both frameworks get the same numbers."""

    momentum: Float32 = Field(0.9, ge=0, lt=1)
    epsilon: Float32 = Field(1e-5, gt=0)


class Initialization(Spec):
    """Initial weights (DCGAN, section 3): kernels ~ N(0, kernel_std), norm scales ~ N(1, scale_std), the rest 0."""

    kernel_std: Float32 = Field(0.02, gt=0)
    scale_std: Float32 = Field(0.02, ge=0)


class DcganSpec(Spec):
    """DCGAN (Radford et al. 2015, section 3) of base width `width`, growing from a 4x4 map to any power-of-two size.

    Kernels are 4x4 with stride 2 (the paper: 5x5): with kernels 3 and 5 the frameworks pad differently
    while the shapes agree, so equal weights would give different images.
    """

    family: Literal["dcgan"] = "dcgan"
    width: int = Field(64, ge=1, le=1024)
    latent_size: int = Field(100, ge=1, le=4096)
    critic_norm: Literal["batch", "group", "none"] = "batch"
    leaky_slope: Float32 = Field(0.2, ge=0)
    normalization: Normalization = Normalization()
    initialization: Initialization = Initialization()


NetworkSpec = DcganSpec


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
    classes: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _size_is_buildable(self) -> NetworkShape:
        resolutions(self.image_size)
        return self
