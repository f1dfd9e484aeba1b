"""JAX: functions of values inside, variables outside; gradients by jax.vjp, compilation by jax.jit.

A `keras.StatelessScope` gives variables traced values and keeps their updates. Each derivative opens a scope of its
own within the step's, so what a function updates while it is derived leaves the derivative as an output of it.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from common.errors import BadInput
from keras_impl.backends.float64 import keep_float64

Tensor = Any
VERSION_PACKAGE = "jax"


class _Scope(keras.StatelessScope):
    """Values of variables within a trace; a variable that it does not map has its value of the scope around."""

    def __init__(self, mapping: Sequence[tuple[keras.Variable, Tensor]] = ()) -> None:
        super().__init__(mapping)
        self.read: set[int] = set()
        self.updated: dict[int, keras.Variable] = {}

    def add_update(self, update: tuple[keras.Variable, Tensor]) -> None:
        super().add_update(update)
        self.updated[id(update[0])] = update[0]

    def get_current_value(self, variable: keras.Variable) -> Tensor | None:
        self.read.add(id(variable))
        value = super().get_current_value(variable)
        return self.original_scope.get_current_value(variable) if value is None and self.original_scope else value


def value_and_pullback(
    function: Callable[[], tuple[Tensor, dict[str, Tensor]]], variables: Sequence[keras.Variable]
) -> tuple[Tensor, dict[str, Tensor], Callable[[Tensor], list[Tensor | None]]]:
    """The value and the extras that `function()` returns, and the map from a gradient at the value to `variables`'."""
    value, extras, pullback, used = _derive(lambda _: function(), variables, None)

    def gradients(cotangent: Tensor) -> list[Tensor | None]:
        found, _ = pullback(cotangent)
        return [gradient if is_used else None for gradient, is_used in zip(found, used, strict=True)]

    return value, extras, gradients


def value_and_input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """`function(x)` and the gradient of its sum at `x`, itself differentiable."""
    value, _, pullback, _ = _derive(lambda x: (function(x), {}), (), x)
    return value, pullback(jnp.ones_like(value))[1]


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of the sum of `function(x)` at `x`, itself differentiable."""
    return value_and_input_gradient(function, x)[1]


def _derive(
    function: Callable[[Tensor], tuple[Tensor, dict]], variables: Sequence[keras.Variable], x: Tensor
) -> tuple[Tensor, dict, Callable[[Tensor], tuple[list[Tensor], Tensor]], list[bool]]:
    """What `function(x)` returns, the map to the gradients at `variables` and `x`, and which variables it used."""
    scopes = []

    def pure(values: list[Tensor], x: Tensor) -> tuple[Tensor, tuple[dict, list[Tensor]]]:
        with _Scope(list(zip(variables, values, strict=True))) as scope:
            value, extras = function(x)
        scopes.append(scope)
        return value, (extras, [scope.get_current_value(variable) for variable in scope.updated.values()])

    values = [variable.value for variable in variables]
    value, pullback, (extras, updates) = jax.vjp(pure, values, x, has_aux=True)
    (scope,) = scopes
    for variable, update in zip(scope.updated.values(), updates, strict=True):
        variable.assign(update)  # batch statistics and the like, in the scope around
    return value, extras, pullback, [id(variable) in scope.read for variable in variables]


def compile_step(step: Callable, state: Sequence[keras.Variable], execution: str) -> Callable:
    """`step`, which updates `state` in place, as one compiled program; JAX has no other execution."""

    def pure(values: list[Tensor], *inputs: Tensor) -> tuple[Any, list[Tensor]]:
        with _Scope(list(zip(state, values, strict=True))) as scope:
            outputs = step(*inputs)
        return outputs, [scope.get_current_value(variable) for variable in state]

    # donated: the new values take the memory of the old ones
    program = jax.jit(pure, donate_argnums=0)

    def run(*inputs: Tensor) -> Any:
        # past the checks of `value` and `assign`, which would cost more than the launch
        outputs, values = program([variable._value for variable in state], *inputs)
        for variable, value in zip(state, values, strict=True):
            variable._value = value
        return outputs

    return run


def upload(array: NDArray) -> Tensor:
    """A tensor on the default device."""
    return jnp.array(array)


def fetch(values: list[Tensor]) -> NDArray[np.float64]:
    """Scalars as one float64 array; waits for the device."""
    return np.array(jax.device_get(values), dtype=np.float64)


def configure(device: str, threads: int | None, allow_tf32: bool, float64: bool = False) -> None:
    """Choose device, threads, TF32 and float64 before any tensor exists.

    Raises:
        BadInput: the device asked for is not there, or this Keras cannot be made to compute in float64.
    """
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # or JAX takes most of the GPU
    if threads is not None:
        os.environ["PJRT_NPROC"] = str(threads)
    jax.config.update("jax_enable_x64", float64)
    keep_float64(float64)
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if allow_tf32 else "float32")
    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
        return
    index = int(device.partition(":")[2] or 0)
    gpus = [each for each in jax.local_devices() if each.platform == "gpu"]
    if index >= len(gpus):
        raise BadInput(
            f"Device '{device}' was asked for, but JAX sees {len(gpus)} GPUs: use --device cpu, or install jax[cuda13]."
        )
    jax.config.update("jax_default_device", gpus[index])


def synchronize() -> None:
    """Wait for the device."""
    jax.block_until_ready(jax.live_arrays())


def device_of(variable: keras.Variable) -> str:
    """JAX's name of the device that holds `variable`."""
    return ", ".join(map(str, variable.value.devices()))


def device_name() -> str:
    """ "cpu", or the GPU's name."""
    return _device().device_kind


def threads() -> int:
    """Threads that compute on the CPU; 0 means that JAX takes every core."""
    return int(os.environ.get("PJRT_NPROC", 0))


def peak_device_bytes() -> int | None:
    """The allocator's peak on the GPU; JAX counts none on the CPU."""
    statistics = _device().memory_stats()
    return statistics["peak_bytes_in_use"] if statistics else None


def _device() -> jax.Device:
    return jax.config.jax_default_device or jax.local_devices()[0]
