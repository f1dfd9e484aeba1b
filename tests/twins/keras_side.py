"""keras_impl's objectives and optimisers, on NumPy arrays; on the backend that is active."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops

from common.specs.objectives import PENALTIES
from keras_impl import optimizers
from keras_impl.backends import backend
from keras_impl.networks import spectral as spectral_norm
from keras_impl.networks.equalized import join_deviation
from keras_impl.networks.spectral import SpectralConv, SpectralDense
from keras_impl.objectives import discriminator_terms, generator_loss, image_terms


def losses(spec: Any, real: np.ndarray, fake: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Every loss term, and the gradients of the discriminator's sum and of the generator's loss at the logits."""
    of_real, of_fake = map(backend.upload, (real, fake))
    terms = {**discriminator_terms(spec, of_real, of_fake), "generator": generator_loss(spec, of_fake, of_real)}
    slopes = {
        "real": backend.input_gradient(
            lambda logits: sum(discriminator_terms(spec, logits, of_fake).values()), of_real
        ),
        "fake": backend.input_gradient(
            lambda logits: sum(discriminator_terms(spec, of_real, logits).values()), of_fake
        ),
        "generator": backend.input_gradient(lambda logits: generator_loss(spec, logits, of_real), of_fake),
    }
    return _arrays(terms), _arrays(slopes)


def penalty(
    spec: Any, power: int, weights: np.ndarray, real: np.ndarray, fake: np.ndarray, mixing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The penalties of the critic sum(weights * images**power) / power, and their gradient at the weights (h, w, c)."""
    weight = keras.Variable(weights, dtype=weights.dtype.name)

    def critic(images: KerasTensor) -> KerasTensor:
        return ops.sum(weight * images**power, axis=(1, 2, 3)) / power

    def function() -> tuple[KerasTensor, dict[str, KerasTensor]]:
        terms = image_terms(spec, critic, *map(backend.upload, (real, fake, mixing)), annealed={})
        return sum(terms[name] for name in PENALTIES if name in terms), {}

    value, _, pullback = backend.value_and_pullback(function, [weight])
    (gradient,) = pullback(ops.ones_like(value))
    return _array(value), _array(gradient)


def optimize(spec: Any, start: Sequence[np.ndarray], steps: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
    """The parameters after each step, given the gradients of each step."""
    variables = [keras.Variable(array, dtype=array.dtype.name) for array in start]
    optimizer = optimizers.build(spec, variables)
    path = []
    for gradients in steps:
        optimizer.apply([backend.upload(gradient) for gradient in gradients], variables)
        path.append([_array(variable.value) for variable in variables])
    return path


def deviation(maps: np.ndarray, group: int) -> np.ndarray:
    """The maps (n, h, w, c) with the plane of their groups' deviation behind them."""
    return _array(join_deviation(backend.upload(maps), group))


def spectral(kernel: np.ndarray, vector: np.ndarray, inputs: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Outputs of a layer with this kernel and vector, and the gradient of sum(weights * outputs) at the kernel."""
    layer = SpectralConv(kernel.shape[-1], 3, 1) if kernel.ndim == 4 else SpectralDense(kernel.shape[-1])
    layer.build(inputs.shape)
    layer.kernel.assign(kernel)
    layer.singular_vector.assign(vector)
    return _weighed(layer, inputs, weights)


def _weighed(layer: keras.layers.Layer, inputs: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    def function() -> tuple[KerasTensor, dict[str, KerasTensor]]:
        outputs = layer(backend.upload(inputs))
        return ops.sum(backend.upload(weights) * outputs), {"outputs": outputs}

    _, extras, pullback = backend.value_and_pullback(function, [layer.kernel])
    (gradient,) = pullback(ops.ones((), dtype="float64"))
    return _arrays({key: ops.stop_gradient(each) for key, each in {**extras, "gradient": gradient}.items()})


def iterated(kernel: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The vector after one step of power iteration."""
    return _array(spectral_norm.iterated(*map(backend.upload, (kernel, vector))))


def library_spectral(
    kernel: np.ndarray, vector: np.ndarray, inputs: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """What keras.layers.SpectralNormalization of a dense layer gives in training mode, and leaves behind."""
    layer = keras.layers.SpectralNormalization(keras.layers.Dense(kernel.shape[1], use_bias=False))
    layer.build(inputs.shape)
    layer.kernel.assign(kernel)
    layer.vector_u.assign(vector[np.newaxis])
    trained = layer(backend.upload(inputs), training=True)
    found = _arrays(
        {"trained": ops.stop_gradient(trained), "vector": layer.vector_u.value, "kernel": layer.kernel.value}
    )
    return {**found, "gradient": _weighed(layer.layer, inputs, weights)["gradient"]}


def own_measurements(build: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Nothing that only this engine has."""
    return {}, {}


def _arrays(tensors: dict[str, KerasTensor]) -> dict[str, np.ndarray]:
    return {name: _array(tensor) for name, tensor in tensors.items()}


def _array(tensor: KerasTensor) -> np.ndarray:
    return np.array(ops.convert_to_numpy(tensor))
