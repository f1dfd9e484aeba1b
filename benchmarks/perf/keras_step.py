"""How the keras-tf engine's DCGAN epoch compares with the same networks in a keras.Model with a train_step under fit.

`fit` compiles with XLA by default on Linux, so both of its forms are measured against both of ours.
Usage: python -m benchmarks.perf.keras_step [ROUNDS [WIDTH]]
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.perf.apart import apart
from benchmarks.perf.interleave import interleave, print_ratios
from benchmarks.perf.setting import options, print_protocol, setting, work
from keras_impl import networks

CONTENDERS = ("keras-tf:graph", "keras-tf:compiled", "keras-tf:graph:bf16", "keras-tf:tuned")


class Gan(keras.Model):  # type: ignore[misc]
    """DCGAN as the Keras guide on overriding train_step writes it."""

    def __init__(self, generator: keras.Model, discriminator: keras.Model, latent_size: int) -> None:
        super().__init__()
        self.generator, self.discriminator, self.latent_size = generator, discriminator, latent_size
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.of_generator = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.of_discriminator = keras.optimizers.Adam(2e-4, beta_1=0.5)

    def train_step(self, real: tf.Tensor) -> dict:
        """Discriminator on reals and fakes, then generator on fresh fakes."""
        count = tf.shape(real)[0]
        noise = tf.random.normal((count, self.latent_size))
        fake = self.generator(noise, training=True)
        with tf.GradientTape() as tape:
            on_real = self.discriminator(real, training=True)
            on_fake = self.discriminator(fake, training=True)
            loss = self.loss_fn(tf.ones_like(on_real), on_real) + self.loss_fn(tf.zeros_like(on_fake), on_fake)
        weights = self.discriminator.trainable_weights
        self.of_discriminator.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        noise = tf.random.normal((count, self.latent_size))
        with tf.GradientTape() as tape:
            on_fake = self.discriminator(self.generator(noise, training=True), training=True)
            generator_loss = self.loss_fn(tf.ones_like(on_fake), on_fake)
        weights = self.generator.trainable_weights
        self.of_generator.apply_gradients(zip(tape.gradient(generator_loss, weights), weights, strict=True))
        return {"discriminator": loss, "generator": generator_loss}


def fitted(jit: bool, width: int) -> Callable[[], None]:
    """An epoch of fit on the embedded digits."""
    cell, shape, batches = setting("keras-tf", width)
    images = np.concatenate([batch.images[0] for batch in batches]).astype(np.float32) / 127.5 - 1.0
    data = tf.data.Dataset.from_tensor_slices(images).batch(64, drop_remainder=True).prefetch(2)
    generator = networks.build("Generator", cell.model.network, shape)
    discriminator = networks.build("Discriminator", cell.model.network, shape)
    gan = Gan(generator, discriminator, cell.model.network.latent_size)
    gan.compile(jit_compile=jit)
    return partial(gan.fit, data, shuffle=False, verbose=0)


def main() -> None:
    """Measure and print."""
    rounds, width = options(width=32)
    contenders = {name: apart(work, name, width) for name in CONTENDERS}
    contenders |= {f"fit, {'XLA' if jit else 'no XLA'}": apart(fitted, jit, width) for jit in (False, True)}
    print_protocol(f"DCGAN of width {width} in Keras", rounds, "keras", "tensorflow")
    print_ratios(interleave(contenders, rounds), "fit, XLA", "an epoch; XLA is fit's default")


if __name__ == "__main__":
    main()
