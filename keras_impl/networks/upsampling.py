"""A generator of nearest-neighbour up-sampling and convolutions, free of checkerboards (Odena et al. 2016), against
DCGAN's discriminator; after belkhir-nacim/ensta_ia321_image_generation."""

import keras
from keras import KerasTensor, layers, ops

from common.specs.networks import NetworkShape, UpsamplingSpec, resolutions
from keras_impl.networks.dcgan import Discriminator, Project
from keras_impl.networks.normalization import NORMS

__all__ = ["Discriminator", "Generator", "Upsample"]


class Upsample(layers.Layer):
    """Doubles the map: nearest neighbour, 3x3 convolution, batch norm, ReLU."""

    def __init__(self, after: int, spec: UpsamplingSpec, **kwargs) -> None:
        super().__init__(**kwargs)
        self.upsample = layers.UpSampling2D(2, interpolation="nearest")
        self.conv = layers.Conv2D(after, 3, padding="same", use_bias=False, name="conv")
        self.norm = NORMS["batch"](spec.normalization)

    def call(self, maps: KerasTensor, training: bool = False) -> KerasTensor:
        return ops.relu(self.norm(self.conv(self.upsample(maps)), training=training))


class Generator(keras.Model):
    """Noise, and in conditional networks class weights beside it, to images: (n, size, size, channels) in -1..1."""

    def __init__(self, spec: UpsamplingSpec, shape: NetworkShape, **kwargs) -> None:
        super().__init__(**kwargs)
        sizes = resolutions(shape.image_size)
        widths = spec.widths(shape.image_size)
        self.project = Project(widths[4], spec, name="project")
        self.body = keras.Sequential(
            [Upsample(widths[size], spec, name=f"up_{size}") for size in sizes[1:]], name="body"
        )
        self.to_image = layers.Conv2D(shape.channels, 3, padding="same", name="to_image")

    def call(self, latents: KerasTensor, labels: KerasTensor | None = None, training: bool = False) -> KerasTensor:
        inputs = latents if labels is None else ops.concatenate([latents, labels], axis=1)
        return ops.tanh(self.to_image(self.body(self.project(inputs, training=training), training=training)))
