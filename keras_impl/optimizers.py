"""The optimisers of the specs, in the published formulas (epsilon outside the root and the bias correction, as torch).

Keras' own Adam and RMSprop put epsilon elsewhere: with equal constants their updates differ wherever gradients are
small. `form = "stock"` keeps Keras' classes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import keras
import numpy as np
from keras import ops

from common.specs.optimizers import AdamSpec, OptimizerSpec, RmspropSpec, SgdSpec


class Adam(keras.optimizers.Adam):
    """Adam as in Kingma & Ba 2015, Algorithm 1."""

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """As Keras does; the bias corrections, which depend on the step alone, are computed once for all variables."""
        first = self._trainable_variables[0]
        step = ops.cast(self.iterations + 1, first.dtype)
        self._first_correction = 1.0 - ops.power(_constant(self.beta_1, first), step)
        self._second_correction = ops.sqrt(1.0 - ops.power(_constant(self.beta_2, first), step))
        super().apply(grads, trainable_variables)

    def update_step(self, gradient: Any, variable: keras.Variable, learning_rate: Any) -> None:
        """One update of `variable`: lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)."""
        rate = ops.cast(learning_rate, variable.dtype)
        beta_1, beta_2 = _constant(self.beta_1, variable), _constant(self.beta_2, variable)
        m = self._momentums[self._get_variable_index(variable)]
        v = self._velocities[self._get_variable_index(variable)]
        self.assign_add(m, (gradient - m) * (1.0 - beta_1))
        self.assign_add(v, (ops.square(gradient) - v) * (1.0 - beta_2))
        scale = rate / self._first_correction
        root = ops.sqrt(v) / self._second_correction
        self.assign_sub(variable, scale * m / (root + _constant(self.epsilon, variable)))


class RMSprop(keras.optimizers.RMSprop):
    """RMSprop with epsilon outside the square root."""

    def update_step(self, gradient: Any, variable: keras.Variable, learning_rate: Any) -> None:
        """One update of `variable`: lr * g / (sqrt(v) + epsilon)."""
        rate = ops.cast(learning_rate, variable.dtype)
        v = self._velocities[self._get_variable_index(variable)]
        self.assign_add(v, (ops.square(gradient) - v) * (1.0 - _constant(self.rho, variable)))
        self.assign_sub(variable, rate * gradient / (ops.sqrt(v) + _constant(self.epsilon, variable)))


# neutral slot name -> Keras'
SLOTS: dict[type[keras.optimizers.Optimizer], dict[str, str]] = {
    keras.optimizers.Adam: {"first_moment": "_momentums", "second_moment": "_velocities"},
    keras.optimizers.RMSprop: {"second_moment": "_velocities"},
    keras.optimizers.SGD: {},
}


def build(spec: OptimizerSpec, parameters: Iterable[keras.Variable]) -> keras.optimizers.Optimizer:
    """The optimiser that `spec` describes, its slots already there: a graph may not create them."""
    match spec:
        case AdamSpec():
            kind = Adam if spec.form == "published" else keras.optimizers.Adam
            optimizer = kind(spec.learning_rate, beta_1=spec.beta_1, beta_2=spec.beta_2, epsilon=spec.epsilon)
        case RmspropSpec():
            kind = RMSprop if spec.form == "published" else keras.optimizers.RMSprop
            optimizer = kind(spec.learning_rate, rho=spec.rho, epsilon=spec.epsilon)
        case SgdSpec():
            optimizer = keras.optimizers.SGD(spec.learning_rate)
        case _:
            assert_never(spec)
    optimizer.build(list(parameters))
    return optimizer


def anneal(optimizer: keras.optimizers.Optimizer, values: Mapping[str, Any]) -> None:
    """Let the next update use the learning rate and beta_2 in `values`, if they are there: tensors of the trace."""
    if "learning_rate" in values:
        optimizer.learning_rate = values["learning_rate"]
    if "beta_2" in values:
        optimizer.beta_2 = values["beta_2"]


def named_slots(optimizer: keras.optimizers.Optimizer, names: list[str]) -> dict[str, keras.Variable]:
    """The moments as `<slot>/<weight>`, and `step/<weight>`: how often each weight was updated.

    Args:
        names: the neutral names of the optimised parameters, in the order they were given to `build`.
    """
    keys = next(keys for kind, keys in SLOTS.items() if isinstance(optimizer, kind))
    slots = {
        f"{slot}/{name}": variable
        for slot, key in keys.items()
        for name, variable in zip(names, getattr(optimizer, key), strict=True)
    }
    if keys:
        slots.update({f"step/{name}": optimizer.iterations for name in names})
    return slots


def _constant(value: Any, like: keras.Variable) -> Any:
    if ops.is_tensor(value):
        return ops.cast(value, like.dtype)
    # through float64: TensorFlow would make a float32 of a Python float first
    return ops.convert_to_tensor(np.float64(value), dtype=like.dtype)
