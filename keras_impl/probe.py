"""What the parity ladder measures inside one Keras iteration: outputs, loss terms, gradients, without updating."""

import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from common.engine import Batch
from keras_impl.backends import backend
from keras_impl.engine import KerasEngine
from keras_impl.step import discriminator_gradients, generator_gradients, normalize
from keras_impl.weights import neutral_name


def forward(engine: KerasEngine, batch: Batch, training: bool) -> dict[str, NDArray]:
    """Fakes, NHWC, and the logits on reals and fakes, in training or inference mode."""
    generator, discriminator = engine.networks

    def step(images: KerasTensor, latents: KerasTensor) -> dict[str, KerasTensor]:
        fake = generator(ops.cast(latents, engine.dtype), training=training)
        return {
            "fake": fake,
            "real_logits": discriminator(normalize(images, engine.dtype), training=training),
            "fake_logits": discriminator(fake, training=training),
        }

    compiled = backend.compile_step(step, engine.state_variables, engine.execution)
    outputs = compiled(backend.upload(batch.images[0].copy()), backend.upload(batch.latents[0]))
    return {name: _numpy(tensor) for name, tensor in outputs.items()}


def gradients(engine: KerasEngine, batch: Batch) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Every loss term and the gradient of every parameter, both networks at the same weights."""
    networks, model = engine.networks, engine.model

    def step(images: KerasTensor, latents: KerasTensor, mixing: KerasTensor) -> tuple[dict, list, list]:
        fake, pullback = engine.fakes(latents)
        real, weights = normalize(images, engine.dtype), ops.cast(mixing, engine.dtype)
        terms, of_discriminator = discriminator_gradients(networks, model, real, ops.stop_gradient(fake), weights)
        loss, of_generator = generator_gradients(networks, model, fake, pullback)
        return {**terms, "generator": loss}, of_generator, of_discriminator

    compiled = backend.compile_step(step, engine.state_variables, engine.execution)
    inputs = (batch.images[0].copy(), batch.latents[0], batch.mixing[0])
    terms, *found = compiled(*map(backend.upload, inputs))
    named = {
        neutral_name(variable): _numpy(gradient)
        for network, of_network in zip(networks, found, strict=True)
        for variable, gradient in zip(network.trainable_variables, of_network, strict=True)
    }
    return {name: _numpy(term) for name, term in terms.items()}, named


def _numpy(tensor: KerasTensor) -> NDArray:
    return np.array(ops.convert_to_numpy(tensor), copy=True)
