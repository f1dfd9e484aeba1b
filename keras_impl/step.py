"""One training iteration in Keras: gradients by the backend, nothing computed that no update needs.

The discriminator update builds no graph through the generator, the generator update no gradients of discriminator
weights, and where there is one critic update per generator update both use the same fakes.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from common.specs.models import ModelSpec
from keras_impl.backends import Pullback, Tensor, backend
from keras_impl.networks.spectral import power_iteration
from keras_impl.objectives import generator_loss, image_terms

Gradients = list[Tensor]
# what a network gets beside noise or images: class weights `labels`, (n, classes), and the newest block's `alpha`, ()
Given = dict[str, Tensor]


class Networks(NamedTuple):
    """The two networks."""

    generator: keras.Model
    discriminator: keras.Model


def normalize(images: Tensor, dtype: str, resolution: int) -> Tensor:
    """uint8 NHWC -> -1..1; larger images are reduced by exact 2x2 means."""
    scaled = ops.cast(images, dtype) / ops.convert_to_tensor(np.float64(127.5), dtype) - 1.0
    factor = scaled.shape[1] // resolution
    return ops.average_pool(scaled, factor, factor) if factor > 1 else scaled


def trained_parameters(network: keras.Model, model: ModelSpec) -> list[keras.Variable]:
    """The parameters in use: all of them, but for the levels that a growing network has not reached or has left."""
    return list(network.active_parameters() if model.network.grows else network.trainable_variables)


def discriminator_gradients(
    networks: Networks, model: ModelSpec, real: Tensor, fake: Tensor, mixing: Tensor, given: Given, annealed: Given
) -> tuple[Tensor, dict[str, Tensor], Gradients]:
    """The discriminator's loss, the terms it is the sum of, and its gradient for each of the trained parameters.

    Where the discriminator has spectral normalisation, a step of power iteration comes first.

    Args:
        real: (n, height, width, channels).
        fake: generated images of that shape, detached from the generator.
        mixing: (n,), used by a gradient penalty only.
        given: what the networks get beside images, the same for reals and fakes.
        annealed: weights of R1 and R2, (), where they are not the objective's own.
    """

    def discriminate(images: Tensor) -> Tensor:
        return networks.discriminator(images, **given, training=True)

    def loss() -> tuple[Tensor, dict[str, Tensor]]:
        terms = image_terms(model.objective, discriminate, real, fake, mixing, annealed)
        return sum(terms.values()), terms

    power_iteration(networks.discriminator)
    total, terms, pullback = backend.value_and_pullback(loss, trained_parameters(networks.discriminator, model))
    return total, terms, pullback(ops.ones_like(total))


def generator_gradients(
    networks: Networks, model: ModelSpec, real: Tensor | None, fake: Tensor, given: Given, pullback: Pullback
) -> tuple[Tensor, Gradients]:
    """The generator's loss on `fake`, made by `value_and_pullback`, and the gradient for each trained parameter.

    The loss is derived for the images first, so discriminator weights are never differentiated. `real` are the images
    that the fakes are compared with; None where they are not.
    """

    def discriminate(images: Tensor) -> Tensor:
        return networks.discriminator(images, **given, training=True)

    def loss(images: Tensor) -> Tensor:
        return generator_loss(model.objective, discriminate(images), None if real is None else discriminate(real))

    value, slope = backend.value_and_input_gradient(loss, fake)
    return value, pullback(slope)
