"""What every backend's module has to offer, as a protocol that mypy holds the modules against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

# a tensor of the active backend; within a symbolic call a KerasTensor
Tensor = Any
Pullback = Callable[[Tensor], list[Any]]


class Backend(Protocol):
    """The functions in which Keras' backends differ."""

    VERSION_PACKAGE: str
    """The package whose version says which backend it is."""

    def value_and_pullback(
        self, function: Callable[[], tuple[Tensor, dict[str, Tensor]]], variables: Sequence[keras.Variable]
    ) -> tuple[Tensor, dict[str, Tensor], Pullback]:
        """The value and the extras that `function()` returns, and the map from a gradient at it to `variables`'.

        A variable that `function` does not use has the gradient None.
        """
        ...

    def value_and_input_gradient(self, function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
        """`function(x)` and the gradient of its sum at `x`, itself differentiable."""
        ...

    def input_gradient(self, function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        """The gradient of the sum of `function(x)` at `x`, itself differentiable."""
        ...

    def compile_step(
        self, step: Callable[..., Any], state: Sequence[keras.Variable], execution: str
    ) -> Callable[..., Any]:
        """`step`, which updates `state` in place, in the given execution: eager, graph or compiled."""
        ...

    def upload(self, array: NDArray) -> Tensor:
        """A tensor on the device."""
        ...

    def fetch(self, values: list[Tensor]) -> NDArray[np.float64]:
        """Scalars as one float64 array; waits for the device."""
        ...

    def configure(self, device: str, threads: int | None, allow_tf32: bool, float64: bool = False) -> None:
        """Choose device, threads, TF32 and float64 before any tensor exists; raises BadInput for a missing device."""
        ...

    def synchronize(self) -> None:
        """Wait for the device."""
        ...

    def device_of(self, variable: keras.Variable) -> str:
        """The backend's name of the device that holds `variable`."""
        ...

    def device_name(self) -> str:
        """ "cpu", or the GPU's name."""
        ...

    def threads(self) -> int:
        """Threads that compute on the CPU; 0: every core."""
        ...

    def peak_device_bytes(self) -> int | None:
        """The allocator's peak on the GPU; None on the CPU."""
        ...
