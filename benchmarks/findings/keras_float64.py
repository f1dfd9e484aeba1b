"""Some of Keras' operations return float32 for float64 on JAX and torch: as they come they prove nothing in float64."""

from __future__ import annotations

import json
import os
import sys

from benchmarks.findings.finding import Finding
from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command

BACKENDS = ("tensorflow", "jax", "torch")


def errors() -> dict[str, float]:
    """The relative error of some operations on the active backend, with Keras' own promotion and with ours."""
    import keras
    import numpy as np
    from keras import ops

    from keras_impl.backends import backend
    from keras_impl.backends.float64 import keep_float64

    backend.configure("cpu", 1, allow_tf32=False, float64=True)
    keras.config.set_floatx("float64")
    numbers = np.linspace(0.1, 0.9, 8)
    left, right = numbers.reshape(2, 4), numbers.reshape(4, 2)
    exact = {
        "matmul": (lambda x: ops.matmul(ops.reshape(x, (2, 4)), ops.reshape(x, (4, 2))), left @ right),
        "tanh": (ops.tanh, np.tanh(numbers)),
    }
    found = {}
    for whose, keep in (("Keras'", False), ("ours", True)):
        keep_float64(keep)
        for name, (operation, value) in exact.items():
            computed = ops.convert_to_numpy(operation(backend.upload(numbers))).astype(np.float64)
            found[f"{name}, {whose}"] = float(np.abs(computed / value - 1).max())
    return found


def main() -> None:
    """Measure every backend in a process of its own."""
    measured: dict[str, float] = {}
    for name in BACKENDS:
        variables = {"KERAS_BACKEND": name, "TF_CPP_MIN_LOG_LEVEL": "3"}
        end = run_child(python_command("benchmarks.findings.keras_float64", "measure"), variables=variables)
        printed = end.check(f"Measuring Keras on {name} failed.").printed[-1]
        measured |= {f"{name}: relative error of {what}": value for what, value in json.loads(printed).items()}
    Finding(
        name="keras_float64",
        what="Keras' type promotion knows no float64 on JAX and torch: some operations on float64 tensors return "
        "float32, whatever floatx says, among them the matrix product on torch and tanh on JAX. TensorFlow keeps it.",
        measured=measured,
        remedy="For float64 keras_impl/backends/float64.py takes float64 out of Keras' table of demotions.",
    ).print()


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        print(json.dumps(errors()))
    else:
        main()
