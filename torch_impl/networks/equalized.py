"""Layers of progressively growing networks (Karras et al. 2018): equalised learning rate, pixel norm, deviation."""

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from torch_impl.networks.maps import to_maps
from torch_impl.precision import in_float32

EPSILON = 1e-8


class EqualizedDense(nn.Module):
    """A dense layer whose N(0, 1) weights are scaled by gain / sqrt(fan_in) at run time (section 4.1).

    Another `rate` makes it learn at that share of the learning rate: weights ~ N(0, 1 / rate) and biases are multiplied
    by it (Karras et al. 2019, appendix C).
    """

    roles: ClassVar = {"weight": "kernel", "bias": "bias"}

    def __init__(self, before: int, after: int, gain: float = math.sqrt(2.0), rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(after, before))
        self.bias = nn.Parameter(torch.empty(after))
        self.scale, self.rate = rate * gain / math.sqrt(before), rate

    def forward(self, inputs: Tensor) -> Tensor:
        bias = self.bias if self.rate == 1.0 else self.bias * self.rate
        return F.linear(inputs, self.weight * self.scale, bias)


class EqualizedConv(nn.Module):
    """A convolution that keeps the size, its N(0, 1) weights scaled by gain / sqrt(fan_in) (section 4.1)."""

    roles: ClassVar = {"weight": "kernel", "bias": "bias"}

    def __init__(self, before: int, after: int, kernel: int, gain: float = math.sqrt(2.0)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(after, before, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(after))
        self.scale = gain / math.sqrt(before * kernel**2)
        self.padding = kernel // 2

    def forward(self, maps: Tensor) -> Tensor:
        return F.conv2d(maps, self.weight * self.scale, self.bias, padding=self.padding)


class EqualizedLabelMap(nn.Module):
    """Class weights to a map: (n, classes) -> (n, channels, size, size), through an embedding, equalised."""

    def __init__(self, classes: int, embedding_size: int, size: int, channels: int) -> None:
        super().__init__()
        self.embedding = EqualizedDense(classes, embedding_size, gain=1.0)
        self.dense = EqualizedDense(embedding_size, size * size * channels, gain=1.0)
        self.size = size

    def forward(self, labels: Tensor) -> Tensor:
        return to_maps(self.dense(self.embedding(labels)), self.size)


@in_float32
def pixel_norm(maps: Tensor) -> Tensor:
    """Each position's channel vector scaled to a mean square of 1 (section 4.2); channels are axis 1."""
    return maps * torch.rsqrt(maps.square().mean(dim=1, keepdim=True) + EPSILON)


@in_float32
def join_deviation(maps: Tensor, group: int) -> Tensor:
    """A plane behind the maps with the mean deviation within groups of `group` samples (section 3)."""
    count, channels, height, width = maps.shape
    grouped = maps.reshape(group, count // group, channels, height, width)
    centred = grouped - grouped.mean(dim=0, keepdim=True)
    deviation = (centred.square().mean(dim=0) + EPSILON).sqrt().mean(dim=(1, 2, 3))
    planes = deviation.repeat(group).view(count, 1, 1, 1).expand(-1, -1, height, width)
    return torch.cat([maps, planes], dim=1)


def fade(old: Tensor, new: Tensor, alpha: Tensor) -> Tensor:
    """old + alpha * (new - old)."""
    return old + alpha * (new - old)
