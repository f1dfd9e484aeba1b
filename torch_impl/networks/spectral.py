"""Spectral normalisation (Miyato et al. 2018): layers whose kernels are divided by their largest singular value.

The value is known by power iteration: `singular_vector` u is a state, moved once before every update of the critic and
by nothing else, so a forward pass in whatever mode leaves it alone. The value is |W^T u|, which is u^T W v where v is
W^T u, of length 1, and its gradient is u v^T, the paper's: none goes through u.
"""

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SpectralConv(nn.Conv2d):
    """A convolution with a kernel of spectral norm 1; the kernel as a matrix is (out, in * height * width)."""

    roles: ClassVar = {"weight": "kernel", "bias": "bias", "singular_vector": "singular_vector"}

    def __init__(self, before: int, after: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__(before, after, kernel, stride, padding)
        self.register_buffer("singular_vector", torch.ones(after))

    def forward(self, maps: Tensor) -> Tensor:
        return self._conv_forward(maps, normalized(self.weight, self.singular_vector), self.bias)


class SpectralDense(nn.Linear):
    """A dense layer with a kernel of spectral norm 1."""

    roles: ClassVar = SpectralConv.roles

    def __init__(self, before: int, after: int, bias: bool = True) -> None:
        super().__init__(before, after, bias)
        self.register_buffer("singular_vector", torch.ones(after))

    def forward(self, inputs: Tensor) -> Tensor:
        return F.linear(inputs, normalized(self.weight, self.singular_vector), self.bias)


def critic_conv(norm: str, before: int, after: int, kernel: int, stride: int = 1) -> nn.Module:
    """A critic's convolution as its norm wants it: with a bias unless a norm follows that has one."""
    padding = (kernel - 1) // 2
    if norm == "spectral":
        return SpectralConv(before, after, kernel, stride, padding)
    return nn.Conv2d(before, after, kernel, stride, padding, bias=norm == "none")


def critic_dense(norm: str, before: int, after: int, bias: bool = True) -> nn.Module:
    """A critic's dense layer, spectrally normalised if its norm is."""
    return SpectralDense(before, after, bias) if norm == "spectral" else nn.Linear(before, after, bias)


def normalized(kernel: Tensor, vector: Tensor) -> Tensor:
    """The kernel divided by its largest singular value, (); in the kernel's precision, whatever networks compute in."""
    with torch.autocast(kernel.device.type, enabled=False):
        return kernel / (_matrix(kernel).T @ vector).square().sum().sqrt()


@torch.no_grad()
def power_iteration(network: nn.Module) -> None:
    """Move every singular vector of `network` one step: u becomes W W^T u, of length 1 (Algorithm 1, step 1)."""
    for module in network.modules():
        if isinstance(module, SpectralConv | SpectralDense):
            module.singular_vector.copy_(iterated(module.weight, module.singular_vector))


def iterated(kernel: Tensor, vector: Tensor) -> Tensor:
    """The vector (out,) after one step of power iteration."""
    matrix = _matrix(kernel)
    moved = matrix @ (matrix.T @ vector)
    return moved / moved.square().sum().sqrt()


def _matrix(kernel: Tensor) -> Tensor:
    """(out, n): a view, where a convolution's kernel lies in channels_last memory."""
    return kernel.movedim(1, -1).flatten(1)
