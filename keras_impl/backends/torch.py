"""torch: gradients by autograd, which records inside derivatives only; steps run eagerly."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np
import torch
from keras import tree
from numpy.typing import NDArray

from common.errors import BadInput
from keras_impl.backends.float64 import keep_float64
from keras_impl.backends.inside_keras import replace_in_keras

Tensor = Any
VERSION_PACKAGE = "torch"
_placement = ExitStack()  # the device that Keras puts tensors on, until another is configured


def value_and_pullback(
    function: Callable[[], tuple[Tensor, dict[str, Tensor]]], variables: Sequence[keras.Variable]
) -> tuple[Tensor, dict[str, Tensor], Callable[[Tensor], list[Tensor | None]]]:
    """The value and the extras that `function()` returns, and the map from a gradient at the value to `variables`'."""
    watched = [variable.value for variable in variables]
    with torch.enable_grad():
        value, extras = function()
    return value, extras, lambda cotangent: list(torch.autograd.grad(value, watched, cotangent, allow_unused=True))


def value_and_input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """`function(x)` and the gradient of its sum at `x`, itself differentiable within a derivative."""
    differentiable = torch.is_grad_enabled()
    x = x if x.requires_grad else x.detach().requires_grad_()
    with torch.enable_grad():
        value = function(x)
        (gradient,) = torch.autograd.grad(value.sum(), x, create_graph=differentiable)
    return value, gradient


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of the sum of `function(x)` at `x`, itself differentiable within a derivative."""
    return value_and_input_gradient(function, x)[1]


def compile_step(step: Callable, state: Sequence[keras.Variable], execution: str) -> Callable:
    """`step`, which updates `state` in place; outside its derivatives autograd records nothing."""

    @torch.no_grad()
    def run(*inputs: Tensor) -> Any:
        return tree.map_structure(lambda output: None if output is None else output.detach(), step(*inputs))

    return run


def upload(array: NDArray) -> Tensor:
    """A tensor on the device."""
    return torch.tensor(array, device=_placed())


def fetch(values: list[Tensor]) -> NDArray[np.float64]:
    """Scalars as one float64 array; waits for the device."""
    return torch.stack(values).cpu().numpy().astype(np.float64)


def configure(device: str, threads: int | None, allow_tf32: bool, float64: bool = False) -> None:
    """Choose device, threads, TF32 and float64 before any tensor exists.

    Raises:
        BadInput: the device asked for is not there, or this Keras cannot be made to compute in float64.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allow_tf32
    keep_float64(float64)
    # torch's float64 convolutions on the CPU refuse the gradients of some kernels whose channels come last
    # (benchmarks/findings/channels_last_float64.py), and Keras lays every kernel out so
    contiguous = (lambda _: torch.Tensor.contiguous) if float64 else None
    replace_in_keras("backend.torch.nn", "_maybe_convert_to_channels_last", contiguous)
    index = int(device.partition(":")[2] or 0)
    if device != "cpu" and index >= torch.cuda.device_count():
        raise BadInput(
            f"Device '{device}' was asked for, but torch sees {torch.cuda.device_count()} GPUs: use --device cpu, "
            "or install a CUDA build of torch."
        )
    torch.backends.cudnn.benchmark = True
    _placement.close()
    _placement.enter_context(keras.device("cpu" if device == "cpu" else f"cuda:{index}"))


def synchronize() -> None:
    """Wait for the device; CPU kernels have finished when their call returns."""
    if _placed().type == "cuda":
        torch.cuda.synchronize(_placed())


def device_of(variable: keras.Variable) -> str:
    """torch's name of the device that holds `variable`."""
    return str(variable.value.device)


def device_name() -> str:
    """ "cpu", or the GPU's name."""
    return torch.cuda.get_device_name(_placed()) if _placed().type == "cuda" else "cpu"


def threads() -> int:
    """Threads within one operation."""
    return torch.get_num_threads()


def peak_device_bytes() -> int | None:
    """The allocator's peak on the GPU; torch counts none on the CPU."""
    return torch.cuda.max_memory_allocated(_placed()) if _placed().type == "cuda" else None


def _placed() -> torch.device:
    return keras.ops.zeros(()).device
