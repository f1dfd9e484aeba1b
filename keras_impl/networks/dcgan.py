"""DCGAN (Radford, Metz, Chintala 2015, section 3 and figure 1) for any power-of-two image size.

Tensors are NHWC. Layers are named so that variable paths equal the neutral names of the weights.
"""

import keras
from keras import KerasTensor, layers, ops

from common.specs.networks import DcganSpec, NetworkShape, resolutions
from keras_impl.networks.conditioning import join_planes
from keras_impl.networks.normalization import NORMS


class Project(layers.Layer):
    """Noise to a normalised 4x4 map: (n, size) -> (n, 4, 4, channels)."""

    def __init__(self, channels: int, spec: DcganSpec, **kwargs) -> None:
        super().__init__(**kwargs)
        self.dense = layers.Dense(4 * 4 * channels, use_bias=False, name="dense")
        self.reshape = layers.Reshape((4, 4, channels))
        self.norm = NORMS["batch"](spec.normalization)

    def call(self, latents: KerasTensor, training: bool = False) -> KerasTensor:
        maps = self.reshape(self.dense(latents))
        return ops.relu(self.norm(maps, training=training))


class Up(layers.Layer):
    """Doubles the map: transposed convolution, batch norm, ReLU."""

    def __init__(self, after: int, spec: DcganSpec, **kwargs) -> None:
        super().__init__(**kwargs)
        self.conv = layers.Conv2DTranspose(after, 4, strides=2, padding="same", use_bias=False, name="conv")
        self.norm = NORMS["batch"](spec.normalization)

    def call(self, maps: KerasTensor, training: bool = False) -> KerasTensor:
        return ops.relu(self.norm(self.conv(maps), training=training))


class Down(layers.Layer):
    """Halves the map: convolution, norm, LeakyReLU."""

    def __init__(self, after: int, norm: str, spec: DcganSpec, **kwargs) -> None:
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(after, 4, strides=2, padding="same", use_bias=norm == "none", name="conv")
        self.norm = NORMS[norm](spec.normalization)
        self.leaky_slope = spec.leaky_slope

    def call(self, maps: KerasTensor, training: bool = False) -> KerasTensor:
        return ops.leaky_relu(self.norm(self.conv(maps), training=training), self.leaky_slope)


class Generator(keras.Model):
    """Noise, and in conditional networks class weights beside it, to images: (n, size, size, channels) in -1..1."""

    def __init__(self, spec: DcganSpec, shape: NetworkShape, **kwargs) -> None:
        super().__init__(**kwargs)
        sizes = resolutions(shape.image_size)
        widths = spec.widths(shape.image_size)
        self.project = Project(widths[4], spec, name="project")
        self.body = keras.Sequential([Up(widths[size], spec, name=f"up_{size}") for size in sizes[1:-1]], name="body")
        self.to_image = layers.Conv2DTranspose(shape.channels, 4, strides=2, padding="same", name="to_image")

    def call(self, latents: KerasTensor, labels: KerasTensor | None = None, training: bool = False) -> KerasTensor:
        inputs = latents if labels is None else ops.concatenate([latents, labels], axis=1)
        return ops.tanh(self.to_image(self.body(self.project(inputs, training=training), training=training)))


class Discriminator(keras.Model):
    """Images, and in conditional networks classes as planes beside them, to logits: (n, size, size, channels) -> (n,).

    The first block has no norm, as in the paper.
    """

    def __init__(self, spec: DcganSpec, shape: NetworkShape, **kwargs) -> None:
        super().__init__(**kwargs)
        sizes = resolutions(shape.image_size)[-2::-1]
        widths = spec.widths(shape.image_size)
        self.from_image = Down(widths[sizes[0]], "none", spec, name="from_image")
        self.body = keras.Sequential(
            [Down(widths[size], spec.critic_norm, spec, name=f"down_{size}") for size in sizes[1:]], name="body"
        )
        self.flatten = layers.Flatten()
        self.score = layers.Dense(1, name="score")

    def call(self, images: KerasTensor, labels: KerasTensor | None = None, training: bool = False) -> KerasTensor:
        inputs = images if labels is None else join_planes(images, labels)
        maps = self.body(self.from_image(inputs, training=training), training=training)
        return ops.squeeze(self.score(self.flatten(maps)), axis=1)
