"""Makes every layer of ours in the models again from its configuration and prints what came back, as JSON.

Usage: KERAS_BACKEND=... python layers_side.py MODEL...
"""

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from common.specs.cell import override
from common.specs.models import model_spec
from common.specs.networks import NetworkShape
from keras_impl.backends import backend
from keras_impl.networks import build

SHAPE = NetworkShape(image_size=16, channels=1, classes=3)
SMALL = {"network.width": 4, "network.latent_size": 5}
BATCH = 4


def networks(model: str) -> tuple[Any, list[keras.Model]]:
    """The spec of a narrow model, and its generator and discriminator; growing ones blend their last two levels."""
    spec = override(model_spec(model), SMALL).network
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras warns of a layer that it cannot build
        made = [build("Generator", spec, SHAPE), build("Discriminator", spec, SHAPE)]
    enter(spec, made)
    return spec, made


def enter(spec: Any, made: Any) -> None:
    if spec.grows:
        for network in made:
            network.set_phase(SHAPE.image_size, fading=True)


def inputs(spec: Any) -> list[tuple[tuple, dict]]:
    """What the generator and the discriminator are called with."""
    rng = np.random.default_rng(0)
    given = {"labels": np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]} if spec.conditional else {}
    if spec.grows:
        given["alpha"] = np.float32(0.25)
    first = (rng.standard_normal((BATCH, spec.noise_size(16))), rng.standard_normal((BATCH, 16, 16, 1)))
    return [((backend.upload(np.float32(each)),), {k: backend.upload(v) for k, v in given.items()}) for each in first]


def recorded(network: keras.Model, arguments: tuple, named: dict) -> dict[str, tuple[Any, tuple, dict, Any]]:
    """Every layer of ours below the network, by its place there: itself, what it was called with, what it gave."""
    calls: dict[int, tuple[Any, tuple, dict, Any]] = {}
    original: Callable = keras.layers.Layer.__call__

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = original(layer, *args, **kwargs)
        calls[id(layer)] = (layer, args, kwargs, output)
        return output

    keras.layers.Layer.__call__ = call
    try:
        network(*arguments, **named)
    finally:
        keras.layers.Layer.__call__ = original
    ours = [each for each in calls.values() if type(each[0]).__module__.startswith("keras_impl.")]
    return {each[0].path: each for each in ours if each[0] is not network}


def described(layer: Any) -> list[list]:
    """Name within the layer, and shape, of each of its variables."""
    return [[variable.path.split("/")[-1], list(variable.shape)] for variable in layer.variables]


def compared(layer: Any, again: Any, output: Any, call: Callable[[], Any]) -> dict[str, Any]:
    """What the tests want to know of a layer and of the one that was made again and called."""
    paths = [layer.variables[i].path.endswith(each.path) for i, each in enumerate(again.variables)]
    found = {"kind": type(layer).__name__, "variables": described(layer), "again": described(again)}
    again.set_weights(layer.get_weights())
    errors = np.abs(keras.ops.convert_to_numpy(call()) - keras.ops.convert_to_numpy(output))
    return {**found, "same places": all(paths), "error": float(errors.max())}


def remade(layer: Any) -> Any:
    """The layer of an equal configuration, which is plain JSON."""
    return type(layer).from_config(json.loads(json.dumps(layer.get_config())))


def measure(model: str) -> dict[str, Any]:
    """Every layer of the model, and both networks as wholes."""
    spec, made = networks(model)
    rng = np.random.default_rng(1)
    for network in made:
        network.set_weights([np.abs(rng.normal(0.5, 0.3, each.shape)) for each in network.variables])
    found, wholes = {}, [remade(network) for network in made]
    enter(spec, wholes)
    for whole, (arguments, named) in zip(wholes, inputs(spec), strict=True):
        whole(*arguments, **named)  # makes its variables
    for network, whole, (arguments, named) in zip(made, wholes, inputs(spec), strict=True):
        output = network(*arguments, **named)
        found[network.name] = compared(network, whole, output, lambda: whole(*arguments, **named))  # noqa: B023
        for path, (layer, args, kwargs, gave) in recorded(network, arguments, named).items():
            again = remade(layer)
            again(*args, **kwargs)  # makes its variables
            found[path] = compared(layer, again, gave, lambda: again(*args, **kwargs))  # noqa: B023
    return found


def main() -> None:
    """Measure every model that is asked for."""
    backend.configure("cpu", 1, allow_tf32=False)
    print(json.dumps({model: measure(model) for model in sys.argv[1:]}))


if __name__ == "__main__":
    main()
