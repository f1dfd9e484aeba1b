"""Residual networks of Miyato et al. 2018 (appendix B.4, table 4, CIFAR-10), conditional as in Miyato & Koyama 2018.

A 1x1 convolution and nearest-neighbour doubling, or 2x2 means, may change places: here it computes on the smaller map.
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import NetworkShape, ResnetSpec, resolutions
from torch_impl.networks.maps import double, halve, to_maps
from torch_impl.networks.normalization import NORMS, ConditionalBatchNorm
from torch_impl.networks.spectral import critic_conv, critic_dense


class UpBlock(nn.Module):
    """Doubles the map: twice norm, ReLU and convolution, and a 1x1 convolution past them.

    Biases are left out: a batch norm behind them would take each away.
    """

    def __init__(self, before: int, after: int, classes: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.norm_1 = norm(before, classes, momentum, epsilon)
        self.conv_1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm_2 = norm(after, classes, momentum, epsilon)
        self.conv_2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(before, after, 1, bias=False)

    def forward(self, maps: Tensor, *labels: Tensor) -> Tensor:
        inner = self.conv_1(double(F.relu(self.norm_1(maps, *labels), inplace=True)))
        inner = self.conv_2(F.relu(self.norm_2(inner, *labels), inplace=True))
        return double(self.shortcut(maps)) + inner


class ImageBlock(nn.Module):
    """The critic's first block, from image to halved map: it begins with a convolution, not a ReLU."""

    def __init__(self, before: int, after: int, critic_norm: str) -> None:
        super().__init__()
        self.conv_1 = critic_conv(critic_norm, before, after, 3)
        self.conv_2 = critic_conv(critic_norm, after, after, 3)
        self.shortcut = critic_conv(critic_norm, before, after, 1)

    def forward(self, images: Tensor) -> Tensor:
        inner = self.conv_2(F.relu(self.conv_1(images), inplace=True))
        return self.shortcut(halve(images)) + halve(inner)


class DownBlock(nn.Module):
    """Twice ReLU and convolution, added to what came in; halved at the end, past a 1x1 convolution, if it `halves`."""

    def __init__(self, channels: int, halves: bool, critic_norm: str) -> None:
        super().__init__()
        self.conv_1 = critic_conv(critic_norm, channels, channels, 3)
        self.conv_2 = critic_conv(critic_norm, channels, channels, 3)
        self.shortcut = critic_conv(critic_norm, channels, channels, 1) if halves else None

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.conv_2(F.relu(self.conv_1(F.relu(maps)), inplace=True))
        return maps + inner if self.shortcut is None else self.shortcut(halve(maps)) + halve(inner)


class Generator(nn.Module):
    """Noise, and to conditional networks class weights, to images: (n, channels, size, size) in -1..1."""

    def __init__(self, spec: ResnetSpec, shape: NetworkShape) -> None:
        super().__init__()
        constants, width = spec.normalization.model_dump(), spec.width
        classes = shape.classes if spec.conditional else 0
        self.project = nn.Linear(spec.latent_size, 4 * 4 * width)
        self.blocks = nn.ModuleDict(
            {str(size): UpBlock(width, width, classes, **constants) for size in resolutions(shape.image_size)[1:]}
        )
        self.norm = norm(width, 0, **constants)
        self.to_image = nn.Conv2d(width, shape.channels, 3, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        maps, given = to_maps(self.project(latents), 4), () if labels is None else (labels,)
        for block in self.blocks.values():
            maps = block(maps, *given)
        return F.tanh(self.to_image(F.relu(self.norm(maps), inplace=True)))


class Discriminator(nn.Module):
    """Images, and in conditional networks class weights, to logits: (n, channels, size, size) -> (n,).

    Features are summed over the map. A class adds their product with its embedding (the projection).
    """

    def __init__(self, spec: ResnetSpec, shape: NetworkShape) -> None:
        super().__init__()
        width, kind, sizes = spec.critic_width, spec.critic_norm, spec.critic_sizes(shape.image_size)
        self.blocks = nn.ModuleList([ImageBlock(shape.channels, width, kind)])
        for before, after in pairwise(sizes):
            self.blocks.append(DownBlock(width, after < before, kind))
        self.score = critic_dense(kind, width, 1)
        self.embedding = critic_dense(kind, shape.classes, width, bias=False) if spec.conditional else None

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        maps = images
        for block in self.blocks:
            maps = block(maps)
        features = F.relu(maps).sum(dim=(2, 3))
        logits = self.score(features).squeeze(1)
        return logits if self.embedding is None else logits + (features * self.embedding(labels)).sum(dim=1)


def norm(channels: int, classes: int, momentum: float, epsilon: float) -> nn.Module:
    """Batch norm, with scales and offsets by class where there are classes."""
    if classes:
        return ConditionalBatchNorm(channels, classes, momentum, epsilon)
    return NORMS["batch"](channels, momentum, epsilon)
