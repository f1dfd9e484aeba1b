"""What the parity ladder measures inside one Keras iteration: outputs, loss terms, gradients, without updating."""

from typing import TYPE_CHECKING

import numpy as np
from keras import ops
from numpy.typing import NDArray

from common.engine import Batch
from common.probe import Probe
from keras_impl.backends import Tensor
from keras_impl.engine import KerasEngine
from keras_impl.step import discriminator_gradients, generator_gradients, normalize
from keras_impl.weights import to_neutral

if TYPE_CHECKING:
    from keras_impl import probe

    _: Probe[KerasEngine] = probe  # this module fulfils the protocol


def forward(engine: KerasEngine, batch: Batch, training: bool) -> dict[str, NDArray]:
    """Fakes, NHWC, and the logits on reals and fakes, in training or inference mode."""
    pair = engine.pair

    def step(images: Tensor, latents: Tensor, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        given = engine.given(inputs)
        fake = pair.generator(ops.cast(latents, engine.dtype), **given, training=training)
        real = normalize(images, engine.dtype, engine.resolution)
        return {
            "fake": fake,
            "real_logits": pair.discriminator(real, **given, training=training),
            "fake_logits": pair.discriminator(fake, **given, training=training),
        }

    images, latents = engine.upload(batch.images[0]), engine.upload(batch.latents[0])
    outputs = engine.compile(step)(images, latents, engine.inputs(batch, 0))
    return {name: _numpy(tensor) for name, tensor in outputs.items()}


def gradients(engine: KerasEngine, batch: Batch) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Every loss term and the gradient of every parameter, both networks at the same weights."""
    pair, model = engine.pair, engine.model

    def step(images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]) -> tuple[dict, list, list]:
        given = engine.given(inputs)
        fake, pullback = engine.fakes(latents, given)
        real, mixes = normalize(images, engine.dtype, engine.resolution), ops.cast(mixing, engine.dtype)
        detached = ops.stop_gradient(fake)
        values = engine.annealed(inputs)
        _, terms, of_discriminator = discriminator_gradients(pair, model, real, detached, mixes, given, values)
        loss, of_generator = generator_gradients(pair, model, engine.paired(images), fake, given, pullback)
        return {**terms, "generator": loss}, of_generator, of_discriminator

    images, latents, mixing = (engine.upload(each[0]) for each in (batch.images, batch.latents, batch.mixing))
    terms, of_generator, of_discriminator = engine.compile(step)(images, latents, mixing, engine.inputs(batch, 0))
    named = {
        name: to_neutral(gradient)
        for network, found in (("generator", of_generator), ("discriminator", of_discriminator))
        for name, gradient in zip(engine.trained(network), found, strict=True)
    }
    return {name: _numpy(term) for name, term in terms.items()}, named


def _numpy(tensor: Tensor) -> NDArray:
    return np.array(ops.convert_to_numpy(tensor), copy=True)
