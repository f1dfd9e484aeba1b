"""DCGAN (Radford, Metz, Chintala 2015, section 3 and figure 1) for any power-of-two image size.

Tensors are NHWC. Layers are named so that variable paths equal the neutral names of the weights.
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
from keras import layers, ops

from common.specs.networks import ConvolutionalSpec, DcganSpec, NetworkShape, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.conditioning import join_planes
from keras_impl.networks.layers import Block, Conv2DTranspose, Dense
from keras_impl.networks.maps import to_maps, to_vector
from keras_impl.networks.model import SpecModel
from keras_impl.networks.normalization import NORMS
from keras_impl.networks.spectral import critic_conv, critic_dense


class Project(Block):
    """Noise to a normalised 4x4 map: (n, before) -> (n, 4, 4, after)."""

    def __init__(self, after: int, momentum: float, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = Dense(4 * 4 * after, use_bias=False, name="dense")
        self.norm = NORMS["batch"](momentum, epsilon)

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        return ops.relu(self.norm(to_maps(self.dense(latents), 4), training=training))


class Up(Block):
    """Doubles the map: transposed convolution, batch norm, ReLU."""

    def __init__(self, after: int, momentum: float, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv = Conv2DTranspose(after, 4, strides=2, padding="same", use_bias=False, name="conv")
        self.norm = NORMS["batch"](momentum, epsilon)

    def call(self, maps: Tensor, training: bool = False) -> Tensor:
        return ops.relu(self.norm(self.conv(maps), training=training))


class Down(Block):
    """Halves the map: convolution, norm, LeakyReLU."""

    def __init__(
        self, after: int, norm: str, leaky_slope: float, momentum: float, epsilon: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.conv = critic_conv(norm, after, 4, strides=2)
        self.norm = NORMS[norm](momentum, epsilon)
        self.leaky_slope = leaky_slope

    def call(self, maps: Tensor, training: bool = False) -> Tensor:
        return ops.leaky_relu(self.norm(self.conv(maps), training=training), self.leaky_slope)


def ups(
    block: Callable[..., layers.Layer], sizes: Iterable[int], spec: ConvolutionalSpec, image_size: int
) -> keras.Model:
    """A generator's body: one `block` for each of the `sizes` that it doubles to."""
    widths, constants = spec.widths(image_size), spec.normalization.model_dump()
    return keras.Sequential([block(widths[size], **constants, name=f"up_{size}") for size in sizes], name="body")


def downs(sizes: Iterable[int], spec: ConvolutionalSpec, image_size: int) -> keras.Model:
    """A discriminator's body: one block for each of the `sizes` that it halves to."""
    widths, constants = spec.widths(image_size), spec.normalization.model_dump()
    blocks = [
        Down(widths[size], spec.critic_norm, spec.leaky_slope, **constants, name=f"down_{size}") for size in sizes
    ]
    return keras.Sequential(blocks, name="body")


class Generator(SpecModel):
    """Noise, and in conditional networks class weights beside it, to images: (n, size, size, channels) in -1..1."""

    def __init__(self, spec: DcganSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        self.project = Project(widths[4], **spec.normalization.model_dump(), name="project")
        self.body = ups(Up, sizes[1:-1], spec, shape.image_size)
        self.to_image = Conv2DTranspose(shape.channels, 4, strides=2, padding="same", name="to_image")

    def call(self, latents: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        inputs = latents if labels is None else ops.concatenate([latents, labels], axis=1)
        return ops.tanh(self.to_image(self.body(self.project(inputs, training=training), training=training)))


class Discriminator(SpecModel):
    """Images, and in conditional networks classes as planes beside them, to logits: (n, size, size, channels) -> (n,).

    The first block has no norm, as in the paper.
    """

    def __init__(self, spec: ConvolutionalSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        first, *rest = resolutions(shape.image_size)[-2::-1]
        widths, constants = spec.widths(shape.image_size), spec.normalization.model_dump()
        self.from_image = Down(widths[first], spec.first_critic_norm, spec.leaky_slope, **constants, name="from_image")
        self.body = downs(rest, spec, shape.image_size)
        self.score = critic_dense(spec.critic_norm, 1, name="score")

    def call(self, images: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        inputs = images if labels is None else join_planes(images, labels)
        maps = self.body(self.from_image(inputs, training=training), training=training)
        return ops.squeeze(self.score(to_vector(maps)), axis=1)
