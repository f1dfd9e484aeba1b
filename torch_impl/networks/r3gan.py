"""R3GAN (Huang et al. 2025): residual blocks without normalisation, grouped convolutions, bilinear resampling.

Tensors are NCHW in channels_last memory.
"""

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import NetworkShape, R3ganSpec, resolutions
from torch_impl.networks.maps import double_bilinear, halve_bilinear


class Residual(nn.Module):
    """1x1 to more channels, grouped 3x3, 1x1 back; added to what came in."""

    def __init__(self, channels: int, expanded: int, groups: int, leaky_slope: float) -> None:
        super().__init__()
        self.expand = nn.Conv2d(channels, expanded, 1)
        self.mix = nn.Conv2d(expanded, expanded, 3, padding=1, groups=groups)
        self.reduce = nn.Conv2d(expanded, channels, 1, bias=False)
        self.leaky_slope = leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        inner = F.leaky_relu(self.expand(maps), self.leaky_slope, inplace=True)
        inner = F.leaky_relu(self.mix(inner), self.leaky_slope, inplace=True)
        return maps + self.reduce(inner)


class Stage(nn.Module):
    """The residual blocks of one resolution and, where the next has other channels, the 1x1 convolution to it."""

    def __init__(self, channels: int, changed: int | None, spec: R3ganSpec) -> None:
        super().__init__()
        constants = (spec.expanded(channels), spec.groups(channels), spec.leaky_slope)
        self.blocks = nn.Sequential(*(Residual(channels, *constants) for _ in range(spec.blocks)))
        self.change = nn.Identity() if changed is None else nn.Conv2d(channels, changed, 1, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        return self.change(self.blocks(maps))


class Bases(nn.Module):
    """Learned 4x4 maps, each weighted by a linear function of the noise: (n, before) -> (n, after, 4, 4)."""

    roles: ClassVar = {"basis": "basis"}

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.basis = nn.Parameter(torch.empty(4, 4, after))
        self.dense = nn.Linear(before, after, bias=False)

    def forward(self, latents: Tensor) -> Tensor:
        return (self.basis * self.dense(latents)[:, None, None]).permute(0, 3, 1, 2)


class Score(nn.Module):
    """4x4 maps to logits: each channel's sum, weighted by place, then a linear function: (n, before, 4, 4) -> (n,)."""

    roles: ClassVar = {"kernel": "kernel"}

    def __init__(self, before: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(4, 4, before))
        self.dense = nn.Linear(before, 1, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        sums = (maps.permute(0, 2, 3, 1) * self.kernel).sum((1, 2))
        return self.dense(sums).squeeze(1)


class Generator(nn.Module):
    """Noise to images: (n, latent) -> (n, channels, size, size), around -1..1."""

    def __init__(self, spec: R3ganSpec, shape: NetworkShape) -> None:
        super().__init__()
        self.sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        self.bases = Bases(spec.latent_size, widths[4])
        self.stages = nn.ModuleDict(
            {str(size): Stage(widths[size], spec.change(size, 2 * size, shape.image_size), spec) for size in self.sizes}
        )
        self.to_image = nn.Conv2d(widths[shape.image_size], shape.channels, 1, bias=False)

    def forward(self, latents: Tensor) -> Tensor:
        maps = self.stages["4"](self.bases(latents))
        for size in self.sizes[1:]:
            maps = self.stages[str(size)](double_bilinear(maps))
        return self.to_image(maps)


class Discriminator(nn.Module):
    """Images to logits: (n, channels, size, size) -> (n,)."""

    def __init__(self, spec: R3ganSpec, shape: NetworkShape) -> None:
        super().__init__()
        self.sizes, widths = resolutions(shape.image_size)[::-1], spec.widths(shape.image_size)
        self.from_image = nn.Conv2d(shape.channels, widths[shape.image_size], 1, bias=False)
        self.stages = nn.ModuleDict(
            {
                str(size): Stage(widths[size], spec.change(size, size // 2, shape.image_size), spec)
                for size in self.sizes
            }
        )
        self.score = Score(widths[4])

    def forward(self, images: Tensor) -> Tensor:
        maps = self.from_image(images)
        for size in self.sizes:
            maps = self.stages[str(size)](maps)
            maps = halve_bilinear(maps) if size > 4 else maps
        return self.score(maps)
