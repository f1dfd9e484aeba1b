"""bfloat16 beside float32: what is computed in which, and where one becomes the other.

Weights, losses, penalties, gradients of weights, optimisers, averages and running statistics stay in float32. Inside a
network, inputs, matrix products, convolutions and what is pointwise between them are bfloat16; normalisations are
computed in float32 and rounded (Micikevicius et al. 2018; Kalamkar et al. 2019: bfloat16 needs no loss scaling).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

Function = Callable[..., Tensor]


def compute_in_bfloat16(network: nn.Module) -> nn.Module:
    """Have `network`, whose weights stay as they are, compute in bfloat16 and return float32."""
    forward, device = network.forward, next(network.parameters()).device.type

    @wraps(forward)
    def lowered(*inputs: Tensor, **given: Tensor) -> Tensor:
        # autocast rounds weights and what enters products; inputs are rounded here, as Keras does
        with torch.autocast(device, torch.bfloat16):
            return forward(*map(_rounded, inputs), **{name: _rounded(each) for name, each in given.items()}).float()

    network.forward = lowered
    return network


def in_float32(function: Function) -> Function:
    """`function(maps, ...)` of float tensors computed in float32 where the maps are bfloat16, and rounded back."""

    @wraps(function)
    def widened(maps: Tensor, *others: Any) -> Tensor:
        if maps.dtype != torch.bfloat16:
            return function(maps, *others)
        wide = [each.float() if isinstance(each, Tensor) else each for each in (maps, *others)]
        return function(*wide).to(torch.bfloat16)

    return widened


def _rounded(tensor: Tensor) -> Tensor:
    return tensor.bfloat16() if tensor.is_floating_point() else tensor
