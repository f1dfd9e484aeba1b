"""The networks in Keras."""

from typing import Any

from keras import layers, ops

from common.specs.networks import NetworkShape
from keras_impl.backends import Tensor
from keras_impl.networks.model import SpecModel
from tinygan.spec import TinySpec


class Generator(SpecModel):
    """Noise to images: (n, latent_size) -> (n, size, size, channels) in -1..1."""

    def __init__(self, spec: TinySpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        self.hidden = layers.Dense(spec.hidden, name="hidden")
        self.pixels = layers.Dense(shape.image_size**2 * shape.channels, name="pixels")
        self.sides, self.leaky_slope = (shape.image_size, shape.image_size, shape.channels), spec.leaky_slope

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        pixels = self.pixels(ops.leaky_relu(self.hidden(latents), self.leaky_slope))
        return ops.reshape(ops.tanh(pixels), (-1, *self.sides))


class Discriminator(SpecModel):
    """Images to logits: (n, size, size, channels) -> (n,)."""

    def __init__(self, spec: TinySpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        self.hidden = layers.Dense(spec.hidden, name="hidden")
        self.score = layers.Dense(1, name="score")
        self.pixels, self.leaky_slope = shape.image_size**2 * shape.channels, spec.leaky_slope

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        hidden = ops.leaky_relu(self.hidden(ops.reshape(images, (-1, self.pixels))), self.leaky_slope)
        return ops.squeeze(self.score(hidden), axis=1)
