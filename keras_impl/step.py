"""One training iteration in Keras: gradients by the backend, nothing computed that no update needs.

The discriminator update builds no graph through the generator, the generator update no gradients of discriminator
weights, and where there is one critic update per generator update both use the same fakes.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
from keras import KerasTensor, ops

from common.specs.models import ModelSpec
from common.specs.objectives import Wasserstein
from keras_impl.backends import backend
from keras_impl.objectives import discriminator_terms, generator_loss, gradient_penalty

Gradients = list[KerasTensor]


class Networks(NamedTuple):
    """The two networks."""

    generator: keras.Model
    discriminator: keras.Model


def normalize(images: KerasTensor, dtype: str) -> KerasTensor:
    """uint8 NHWC -> -1..1."""
    return ops.cast(images, dtype) / ops.convert_to_tensor(np.float64(127.5), dtype) - 1.0


def discriminator_gradients(
    networks: Networks, model: ModelSpec, real: KerasTensor, fake: KerasTensor, mixing: KerasTensor
) -> tuple[dict[str, KerasTensor], Gradients]:
    """The discriminator's loss terms and the gradient of their sum for each of its parameters.

    Args:
        real: (n, height, width, channels).
        fake: generated images of that shape, detached from the generator.
        mixing: (n,), used by a gradient penalty only.
    """
    objective, terms = model.objective, {}

    def discriminate(images: KerasTensor) -> KerasTensor:
        return networks.discriminator(images, training=True)

    def loss() -> KerasTensor:
        terms.update(discriminator_terms(objective, discriminate(real), discriminate(fake)))
        if isinstance(objective, Wasserstein) and objective.gradient_penalty:
            terms["penalty"] = gradient_penalty(objective, discriminate, real, fake, mixing)
        return sum(terms.values())

    value, pullback = backend.value_and_pullback(loss, networks.discriminator.trainable_variables)
    return terms, pullback(ops.ones_like(value))


def generator_gradients(
    networks: Networks, model: ModelSpec, fake: KerasTensor, pullback: Callable[[KerasTensor], Gradients]
) -> tuple[KerasTensor, Gradients]:
    """The generator's loss on `fake`, made by `value_and_pullback`, and the gradient for each parameter.

    The loss is derived for the images first, so discriminator weights are never differentiated.
    """

    def loss(images: KerasTensor) -> KerasTensor:
        return generator_loss(model.objective, networks.discriminator(images, training=True))

    value, slope = backend.value_and_input_gradient(loss, fake)
    return value, pullback(slope)
