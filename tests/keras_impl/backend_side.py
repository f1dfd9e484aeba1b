"""Runs one backend's functions on problems whose answers are known and prints what they gave, as JSON.

Usage: KERAS_BACKEND=... python backend_side.py EXECUTION
"""

import json
import sys

import keras
import numpy as np
from keras import ops

from common.errors import BadInput
from common.specs.optimizers import AdamSpec
from keras_impl import optimizers
from keras_impl.backends import backend

EXECUTION = sys.argv[1]
X = np.array([1.0, 2.0], dtype=np.float32)


def variable(*values):
    return keras.Variable(np.array(values, dtype=np.float32))


def numbers(tensor):
    return None if tensor is None else ops.convert_to_numpy(tensor).tolist()


def upload(*values):
    return backend.upload(np.array(values, dtype=np.float32))


def pullback():
    used, unused = variable(1.0, 2.0), variable(5.0)

    def step(cotangent):
        value, extras, gradients = backend.value_and_pullback(
            lambda: (ops.square(used), {"sum": ops.sum(used)}), [used, unused]
        )
        return value, extras, gradients(cotangent)[0]

    value, extras, gradient = backend.compile_step(step, [used, unused], EXECUTION)(upload(1.0, 10.0))
    return {"value": numbers(value), "sum": numbers(extras["sum"]), "gradient": numbers(gradient)}


def unused_gradient():
    used, unused = variable(1.0), variable(5.0)
    value, _, gradients = backend.value_and_pullback(lambda: (ops.sum(used), {}), [used, unused])
    return numbers(gradients(ops.ones_like(value))[1])


def input_gradient():
    def step(x):
        value, slope = backend.value_and_input_gradient(lambda x: ops.sum(x * x * x), x)
        return value, slope

    return [numbers(each) for each in backend.compile_step(step, [], EXECUTION)(upload(1.0, 2.0))]


def second_derivative():
    weight = variable(1.0, 2.0)

    def step(x):
        def loss():
            slope = backend.input_gradient(lambda x: ops.sum(weight * x * x * x), x)
            return ops.sum(ops.square(slope)), {}

        value, _, gradients = backend.value_and_pullback(loss, [weight])
        return value, gradients(ops.ones_like(value))[0]

    return [numbers(each) for each in backend.compile_step(step, [weight], EXECUTION)(upload(1.0, 2.0))]


def state():
    """Two variables, the second of which takes over the first's value, an unchanged third; inputs as the engine's."""
    first, second, third = variable(1.0), variable(0.0), variable(9.0)
    traces = []

    def step(x, given):
        traces.append(x)
        first.assign(first + x * given["alpha"])
        second.assign(first)
        return {"seen": first + 0.0}

    run = backend.compile_step(step, [first, second, third], EXECUTION)
    seen = [
        numbers(run(upload(1.0), {"alpha": backend.upload(np.array(alpha, np.float32))})["seen"]) for alpha in (1, 2, 3)
    ]
    return {"seen": seen, "after": [numbers(each) for each in (first, second, third)], "traces": len(traces)}


def statistics():
    """A batch norm that is called twice within a derivative, once of them within a second one, and once outside."""
    norm = keras.layers.BatchNormalization(momentum=0.5, epsilon=1e-5)
    norm.build((None, 2))

    def step(x):
        def loss():
            slope = backend.input_gradient(lambda x: ops.sum(ops.square(norm(x, training=True))), x)
            return ops.sum(slope) + ops.sum(norm(x, training=True)), {}

        value, _, gradients = backend.value_and_pullback(loss, norm.trainable_variables)
        norm(x, training=True)
        return gradients(ops.ones_like(value))

    run, means = backend.compile_step(step, norm.variables, EXECUTION), []
    x = backend.upload(np.array([[1.0, 8.0], [3.0, 8.0]], dtype=np.float32))
    for _ in range(2):
        run(x)
        means.append(numbers(norm.moving_mean))
    return means


def optimizer():
    weight = variable(1.0, -1.0)
    adam = optimizers.build(AdamSpec(learning_rate=0.1, beta_1=0.5, beta_2=0.75), [weight])
    run = backend.compile_step(lambda g: adam.apply([g], [weight]), [weight, *adam.variables], EXECUTION)
    for gradient in ((1.0, 2.0), (3.0, -2.0)):
        run(upload(*gradient))
    return {"weight": numbers(weight), "iterations": numbers(adam.iterations)}


def outputs_hold_no_graph():
    weight = variable(1.0)

    def step(x):
        value, extras, gradients = backend.value_and_pullback(
            lambda: (ops.sum(weight * x), {"x": weight * x}), [weight]
        )
        return {"value": value, **extras, "gradient": gradients(ops.ones_like(value))[0]}

    found = backend.compile_step(step, [weight], EXECUTION)(upload(2.0))
    return [bool(getattr(tensor, "requires_grad", False)) for tensor in found.values()]


def device():
    weight = variable(1.0)
    backend.synchronize()
    return {"of": backend.device_of(weight), "name": backend.device_name(), "peak": backend.peak_device_bytes()}


def refused_device():
    try:
        backend.configure("cuda:99", None, allow_tf32=False)
    except BadInput as error:
        return str(error)
    return None


def float64():
    """The operations that networks and losses use, in float64, and in float32 again after it."""
    backend.configure("cpu", 1, allow_tf32=False, float64=True)
    keras.config.set_floatx("float64")
    weight = keras.Variable(np.array([0.1, -0.7]), dtype="float64")

    def step(x):
        chain = ops.leaky_relu(ops.tanh(weight * ops.cast(x, "float64")) / 127.5, 0.25)
        return ops.mean(ops.sqrt(ops.square(chain) + 1e-12)) + ops.log1p(ops.exp(-ops.sum(chain)))

    value = backend.compile_step(step, [weight], EXECUTION)(backend.upload(X))
    backend.configure("cpu", 1, allow_tf32=False)
    keras.config.set_floatx("float32")
    single = ops.tanh(variable(0.5))
    return {"dtype": keras.backend.standardize_dtype(value.dtype), "value": float(value), "after": str(single.dtype)}


def main():
    backend.configure("cpu", 1, allow_tf32=False)
    parts = (
        *(pullback, unused_gradient, input_gradient, second_derivative, state, statistics, optimizer),
        *(outputs_hold_no_graph, device, refused_device, float64),
    )
    found = {part.__name__: part() for part in parts}
    found["fetched"] = backend.fetch([backend.upload(np.float32(1.5)), backend.upload(np.float32(2.5))]).tolist()
    found["threads"] = backend.threads()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
