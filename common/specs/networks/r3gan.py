"""Residual networks without normalisation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from common.specs.base import Float32
from common.specs.networks.base import NetworkSpec
from common.specs.networks.initialization import Initialization
from common.specs.networks.shape import resolutions


class FixupInitialization(Initialization):
    """Residual networks that need no normalisation (Huang et al. 2025, section 3.3, after Zhang et al. 2019, "Fixup").

    Kernels ~ N(0, kernel_std / sqrt(inputs)). In a residual block the first two are multiplied by
    sqrt(2 / (1 + 0.2^2)), for the LeakyReLU behind them, and by L^(-1/4), L being the network's blocks; the last is 0.
    Bases ~ N(0, 1).
    """

    kernel_std: Float32 = Field(1.0, gt=0)

    def std(self, name: str, field: Literal["kernel_std", "scale_std"], shapes: Mapping[str, tuple[int, ...]]) -> float:
        """As above; see the base."""
        network, *_, layer, role = name.split(".")
        if role == "basis":
            return 1.0
        if layer == "reduce":
            return 0.0
        std = getattr(self, field) / math.sqrt(math.prod(shapes[name][:-1]))
        if layer not in ("expand", "mix"):
            return std
        blocks = sum(each.startswith(f"{network}.") and each.endswith(".reduce.kernel") for each in shapes)
        return std * math.sqrt(2 / (1 + 0.2**2)) * blocks**-0.25


class R3ganSpec(NetworkSpec):
    """R3GAN (Huang et al. 2025): residual blocks without normalisation, grouped convolutions, bilinear resampling.

    Attributes:
        width: channels of the maps up to `wide_until`, halved with every doubling above (the paper at 32 pixels: 768).
        wide_until: the last resolution that has them all (the paper: 32).
        blocks: residual blocks at each resolution (the paper: 2).
        expansion: how many times more channels a block has inside (the paper: 2).
        group_width: channels of a group of a block's 3x3 convolution, at least, if there are so many (the paper: 16).
    """

    family: Literal["r3gan"] = "r3gan"
    conditional: Literal[False] = False
    latent_size: int = Field(64, ge=1, le=4096)
    width: int = Field(64, ge=1, le=1024)
    wide_until: int = Field(8, ge=4, le=1024)
    blocks: int = Field(1, ge=1, le=8)
    expansion: int = Field(2, ge=1, le=8)
    group_width: int = Field(16, ge=1, le=1024)
    leaky_slope: Float32 = Field(0.2, ge=0)
    initialization: FixupInitialization = FixupInitialization()

    def widths(self, image_size: int) -> dict[int, int]:
        """Channels of the maps by resolution, 4 .. image_size."""
        sizes = resolutions(image_size)
        return {size: max(1, self.width * min(size, self.wide_until) // size) for size in sizes}

    def change(self, size: int, following: int, image_size: int) -> int | None:
        """The channels that maps of `size` are brought to for the resolution that follows; None: it has the same."""
        widths = self.widths(image_size)
        after = widths.get(following, widths[size])
        return None if after == widths[size] else after

    def expanded(self, channels: int) -> int:
        """Channels inside of a block."""
        return self.expansion * channels

    def groups(self, channels: int) -> int:
        """Groups of its 3x3 convolution: as many as divide the channels into groups of at least `group_width`."""
        most = max(1, self.expanded(channels) // self.group_width)
        return next(each for each in range(most, 0, -1) if self.expanded(channels) % each == 0)
