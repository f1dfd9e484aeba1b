"""What the parity ladder measures inside one Keras iteration: outputs, loss terms, gradients, without updating."""

import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from common.engine import Batch
from keras_impl.backends import backend
from keras_impl.engine import KerasEngine
from keras_impl.step import discriminator_gradients, generator_gradients, normalize, trained_variables
from keras_impl.weights import neutral_name


def forward(engine: KerasEngine, batch: Batch, training: bool) -> dict[str, NDArray]:
    """Fakes, NHWC, and the logits on reals and fakes, in training or inference mode."""
    generator, discriminator = engine.networks

    def step(images: KerasTensor, latents: KerasTensor, inputs: dict) -> dict[str, KerasTensor]:
        given = engine.given(inputs)
        fake = generator(ops.cast(latents, engine.dtype), **given, training=training)
        real = normalize(images, engine.dtype, engine.resolution)
        return {
            "fake": fake,
            "real_logits": discriminator(real, **given, training=training),
            "fake_logits": discriminator(fake, **given, training=training),
        }

    arrays = (batch.images[0].copy(), batch.latents[0])
    outputs = engine.compile(step)(*map(backend.upload, arrays), engine.inputs(batch, 0))
    return {name: _numpy(tensor) for name, tensor in outputs.items()}


def gradients(engine: KerasEngine, batch: Batch) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Every loss term and the gradient of every parameter, both networks at the same weights."""
    networks, model = engine.networks, engine.model

    def step(images: KerasTensor, latents: KerasTensor, mixing: KerasTensor, inputs: dict) -> tuple[dict, list, list]:
        given = engine.given(inputs)
        fake, pullback = engine.fakes(latents, given)
        real, weights = normalize(images, engine.dtype, engine.resolution), ops.cast(mixing, engine.dtype)
        detached = ops.stop_gradient(fake)
        terms, of_discriminator = discriminator_gradients(networks, model, real, detached, weights, given)
        loss, of_generator = generator_gradients(networks, model, fake, pullback, given)
        return {**terms, "generator": loss}, of_generator, of_discriminator

    arrays = (batch.images[0].copy(), batch.latents[0], batch.mixing[0])
    terms, *found = engine.compile(step)(*map(backend.upload, arrays), engine.inputs(batch, 0))
    named = {
        neutral_name(variable): _numpy(gradient)
        for network, of_network in zip(networks, found, strict=True)
        for variable, gradient in zip(trained_variables(network), of_network, strict=True)
    }
    return {name: _numpy(term) for name, term in terms.items()}, named


def _numpy(tensor: KerasTensor) -> NDArray:
    return np.array(ops.convert_to_numpy(tensor), copy=True)
