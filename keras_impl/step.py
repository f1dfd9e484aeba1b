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
# what a network gets beside noise or images: class weights `labels`, (n, classes), and the newest block's `alpha`, ()
Given = dict[str, KerasTensor]


class Networks(NamedTuple):
    """The two networks."""

    generator: keras.Model
    discriminator: keras.Model


def normalize(images: KerasTensor, dtype: str, resolution: int) -> KerasTensor:
    """uint8 NHWC -> -1..1; larger images are reduced by exact 2x2 means."""
    scaled = ops.cast(images, dtype) / ops.convert_to_tensor(np.float64(127.5), dtype) - 1.0
    factor = scaled.shape[1] // resolution
    return ops.average_pool(scaled, factor, factor) if factor > 1 else scaled


def trained_variables(network: keras.Model) -> list[keras.Variable]:
    """The parameters in use: all of them, but for the levels that a growing network has not reached or has left."""
    return network.active_variables() if hasattr(network, "active_variables") else network.trainable_variables


def discriminator_gradients(
    networks: Networks, model: ModelSpec, real: KerasTensor, fake: KerasTensor, mixing: KerasTensor, given: Given
) -> tuple[dict[str, KerasTensor], Gradients]:
    """The discriminator's loss terms and the gradient of their sum for each of its trained parameters.

    Args:
        real: (n, height, width, channels).
        fake: generated images of that shape, detached from the generator.
        mixing: (n,), used by a gradient penalty only.
        given: what the networks get beside images, the same for reals and fakes.
    """
    objective = model.objective

    def discriminate(images: KerasTensor) -> KerasTensor:
        return networks.discriminator(images, **given, training=True)

    def loss() -> tuple[KerasTensor, dict[str, KerasTensor]]:
        terms = discriminator_terms(objective, discriminate(real), discriminate(fake))
        if isinstance(objective, Wasserstein) and objective.gradient_penalty:
            terms["penalty"] = gradient_penalty(objective, discriminate, real, fake, mixing)
        return sum(terms.values()), terms

    total, terms, pullback = backend.value_and_pullback(loss, trained_variables(networks.discriminator))
    return terms, pullback(ops.ones_like(total))


def generator_gradients(
    networks: Networks,
    model: ModelSpec,
    fake: KerasTensor,
    pullback: Callable[[KerasTensor], Gradients],
    given: Given,
) -> tuple[KerasTensor, Gradients]:
    """The generator's loss on `fake`, made by `value_and_pullback`, and the gradient for each trained parameter.

    The loss is derived for the images first, so discriminator weights are never differentiated.
    """

    def loss(images: KerasTensor) -> KerasTensor:
        return generator_loss(model.objective, networks.discriminator(images, **given, training=True))

    value, slope = backend.value_and_input_gradient(loss, fake)
    return value, pullback(slope)
