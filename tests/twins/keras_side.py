"""keras_impl's objectives and optimisers, on NumPy arrays; on TensorFlow."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_impl import optimizers
from keras_impl.objectives import discriminator_terms, generator_loss, gradient_penalty


def losses(spec: Any, real: np.ndarray, fake: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Every loss term, and the gradients of the discriminator's sum and of the generator's loss at the logits."""
    of_real, of_fake = tf.constant(real), tf.constant(fake)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((of_real, of_fake))
        terms = discriminator_terms(spec, of_real, of_fake)
        total = sum(terms.values())
        generator = generator_loss(spec, of_fake)
    at_real, at_fake = tape.gradient(total, (of_real, of_fake))
    slopes = {"real": at_real, "fake": at_fake, "generator": tape.gradient(generator, of_fake)}
    return _arrays({**terms, "generator": generator}), _arrays(slopes)


def penalty(
    spec: Any, power: int, weights: np.ndarray, real: np.ndarray, fake: np.ndarray, mixing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The penalty of the critic sum(weights * images**power) / power, and its gradient at the weights (h, w, c)."""
    weight = tf.constant(weights)

    def critic(images: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(weight * images**power, axis=(1, 2, 3)) / power

    with tf.GradientTape() as tape:
        tape.watch(weight)
        value = gradient_penalty(spec, critic, *map(tf.constant, (real, fake, mixing)))
    return value.numpy(), tape.gradient(value, weight).numpy()


def optimize(spec: Any, start: Sequence[np.ndarray], steps: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
    """The parameters after each step, given the gradients of each step."""
    variables = [keras.Variable(array, dtype=array.dtype.name) for array in start]
    optimizer = optimizers.build(spec, variables)
    path = []
    for gradients in steps:
        optimizer.apply([tf.constant(gradient) for gradient in gradients], variables)
        path.append([np.array(variable.numpy()) for variable in variables])
    return path


def own_measurements(build: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Nothing that only this engine has."""
    return {}, {}


def _arrays(tensors: dict[str, tf.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}
