"""Keras' Adam and RMSprop put epsilon elsewhere than the published formulas and torch: small gradients, other steps."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from benchmarks.findings.finding import Finding
from common.specs.optimizers import AdamSpec, OptimizerSpec, RmspropSpec
from keras_impl import optimizers

STEPS = 100


def total_update(spec: OptimizerSpec, gradient: float) -> float:
    """The sum of `STEPS` updates with a constant gradient."""
    variable = keras.Variable(np.zeros(1), dtype="float64")
    optimizer = optimizers.build(spec, [variable])
    for _ in range(STEPS):
        optimizer.apply([keras.ops.convert_to_tensor(np.array([gradient]))], [variable])
    return float(keras.ops.convert_to_numpy(variable)[0])


def main() -> None:
    """Compare stock and published forms at three gradient sizes, with equal constants."""
    keras.config.set_floatx("float64")
    measured = {}
    for spec in (AdamSpec(), RmspropSpec()):
        for gradient in (1.0, 1e-3, 1e-6):
            published = total_update(spec, gradient)
            stock = total_update(spec.model_copy(update={"form": "stock"}), gradient)
            measured[f"{spec.kind}, gradient {gradient:g}"] = abs(stock - published) / abs(published)
    Finding(
        name="keras_epsilon",
        what="Keras adds epsilon before Adam's bias correction, and inside RMSprop's square root; Kingma & Ba's "
        f"Algorithm 1 and torch add it after and outside. Relative difference of the total of {STEPS} equal updates:",
        measured=measured,
        remedy="keras_impl/optimizers.py overrides update_step with the published formulas; form = 'stock' does not.",
    ).print()


if __name__ == "__main__":
    main()
