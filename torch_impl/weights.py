"""Weights under neutral names and in the neutral layout (Keras'), out of and into torch modules.

Neutral names are the module path plus a role: `generator.body.up_8.conv.kernel`.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from common.weights_check import check_weights

# a module of our own says its roles itself, in a class attribute `roles`
ROLES = {
    nn.Conv2d: {"weight": "kernel", "bias": "bias"},
    nn.ConvTranspose2d: {"weight": "kernel", "bias": "bias"},
    nn.Linear: {"weight": "kernel", "bias": "bias"},
    nn.GroupNorm: {"weight": "scale", "bias": "offset"},
    nn.BatchNorm2d: {
        "weight": "scale",
        "bias": "offset",
        "running_mean": "running_mean",
        "running_var": "running_variance",
    },
}


def named_tensors(network: nn.Module, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Neutral name and tensor (torch's layout) of every parameter and running statistic, in module order."""
    for path, module in network.named_modules():
        roles = getattr(module, "roles", ROLES.get(type(module), {}))
        for attribute, role in roles.items():
            tensor = getattr(module, attribute)
            if tensor is not None:
                yield ".".join(part for part in (prefix, path, role) if part), tensor


def neutral_shape(tensor: Tensor) -> tuple[int, ...]:
    """The tensor's shape in the neutral layout."""
    return tuple(_swap(tensor).shape)


def to_neutral(tensor: Tensor) -> NDArray:
    """A copy in the neutral layout: OIHW -> HWIO, transposed IOHW -> HWOI, dense (out, in) -> (in, out)."""
    return np.array(_swap(tensor.detach().cpu()).numpy(), order="C", copy=True)


def from_neutral(array: NDArray, like: Tensor) -> Tensor:
    """The array in torch's layout, with the dtype and device of `like`."""
    tensor = torch.from_numpy(np.require(array, requirements="C"))
    swapped = tensor.permute(3, 2, 0, 1) if tensor.dim() == 4 else tensor.T if tensor.dim() == 2 else tensor
    return swapped.to(device=like.device, dtype=like.dtype)


@torch.no_grad()
def assign(targets: Mapping[str, Tensor], values: Mapping[str, NDArray]) -> None:
    """Copy `values` into `targets`, name by name.

    Raises:
        BadInput: a name is missing on either side or a shape differs; the first such tensor is named.
    """
    check_weights({name: neutral_shape(target) for name, target in targets.items()}, values)
    for name, target in targets.items():
        target.copy_(from_neutral(values[name], target))


def _swap(tensor: Tensor) -> Tensor:
    return tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor.T if tensor.dim() == 2 else tensor
