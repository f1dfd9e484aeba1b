"""Normalisation layers, by the name a spec gives them."""

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from torch_impl.precision import in_float32


def batch_norm(channels: int, momentum: float, epsilon: float) -> nn.Module:
    """Batch normalisation (Ioffe & Szegedy 2015); torch's momentum is the share of the new batch."""
    return nn.BatchNorm2d(channels, eps=epsilon, momentum=1.0 - momentum)


class ConditionalBatchNorm(nn.Module):
    """Batch norm with a scale and an offset for each class (de Vries et al. 2017), blended by class weights."""

    roles: ClassVar = {"scale": "scale", "offset": "offset"}

    def __init__(self, channels: int, classes: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, eps=epsilon, momentum=1.0 - momentum, affine=False)
        self.scale = nn.Parameter(torch.empty(channels, classes))
        self.offset = nn.Parameter(torch.empty(channels, classes))

    def forward(self, maps: Tensor, labels: Tensor) -> Tensor:
        return modulated(self.norm(maps), F.linear(labels, self.scale), F.linear(labels, self.offset))


@in_float32
def modulated(maps: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """Maps times each sample's scale, plus its offset, both (n, channels)."""
    return maps * scale[:, :, None, None] + offset[:, :, None, None]


def group_norm(channels: int, momentum: float, epsilon: float) -> nn.Module:
    """Group normalisation with one group (Wu & He 2018): each sample over height, width and channels."""
    return nn.GroupNorm(1, channels, eps=epsilon)


def no_norm(channels: int, momentum: float, epsilon: float) -> nn.Module:
    """The identity."""
    return nn.Identity()


# spectral normalisation is of kernels, not of maps: see spectral.py
NORMS = {"batch": batch_norm, "group": group_norm, "spectral": no_norm, "none": no_norm}
