"""TensorFlow: gradients by tape, compilation by tf.function, with XLA where the execution is `compiled`."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from common.errors import BadInput

Tensor = Any
VERSION_PACKAGE = "tensorflow"


def value_and_pullback(
    function: Callable[[], tuple[Tensor, dict[str, Tensor]]], variables: Sequence[keras.Variable]
) -> tuple[Tensor, dict[str, Tensor], Callable[[Tensor], list[Tensor]]]:
    """The value and the extras that `function()` returns, and the map from a gradient at the value to `variables`'."""
    watched = [variable.value for variable in variables]
    # only the wanted variables are watched, so nothing else is ever differentiated
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(watched)
        value, extras = function()
    return value, extras, lambda cotangent: tape.gradient(value, watched, output_gradients=cotangent)


def value_and_input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """`function(x)` and the gradient of its sum at `x`, itself differentiable."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
    return value, tape.gradient(value, x)


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of the sum of `function(x)` at `x`, itself differentiable."""
    return value_and_input_gradient(function, x)[1]


def compile_step(step: Callable, state: Sequence[keras.Variable], execution: str) -> Callable:
    """`step`, which updates `state` in place, in the given execution: eager, graph or compiled (XLA)."""
    if execution == "eager":
        return step
    return tf.function(step, jit_compile=execution == "compiled", autograph=False)


def upload(array: NDArray) -> Tensor:
    """A tensor on the default device."""
    return tf.convert_to_tensor(array)


def fetch(values: list[Tensor]) -> NDArray[np.float64]:
    """Scalars as one float64 array; waits for the device."""
    return tf.stack(values).numpy().astype(np.float64)


def configure(device: str, threads: int | None, allow_tf32: bool, float64: bool = False) -> None:
    """Choose device, threads and TF32 before any tensor exists; float64 works unasked.

    Raises:
        BadInput: the device asked for is not there.
    """
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_tensor_float_32_execution(allow_tf32)
    gpus = tf.config.list_physical_devices("GPU")
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return
    index = int(device.partition(":")[2] or 0)
    if index >= len(gpus):
        raise BadInput(
            f"Device '{device}' was asked for, but TensorFlow sees {len(gpus)} GPUs: "
            "use --device cpu, or install tensorflow[and-cuda]."
        )
    tf.config.set_visible_devices(gpus[index], "GPU")
    tf.config.experimental.set_memory_growth(gpus[index], True)  # or TensorFlow takes the whole GPU


def synchronize() -> None:
    """Wait for the device."""
    if tf.config.get_visible_devices("GPU"):
        tf.test.experimental.sync_devices()


def device_of(variable: keras.Variable) -> str:
    """TensorFlow's name of the device that holds `variable`."""
    return variable.value.device


def device_name() -> str:
    """ "cpu", or the GPU's name."""
    gpus = tf.config.get_visible_devices("GPU")
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu") if gpus else "cpu"


def threads() -> int:
    """Threads within one operation; 0 means that TensorFlow takes every core."""
    return tf.config.threading.get_intra_op_parallelism_threads()


def peak_device_bytes() -> int | None:
    """The allocator's peak on the GPU; TensorFlow counts none on the CPU."""
    if not tf.config.get_visible_devices("GPU"):
        return None
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]
