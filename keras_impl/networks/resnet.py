"""Residual networks of Miyato et al. 2018 (appendix B.4, table 4, CIFAR-10), conditional as in Miyato & Koyama 2018.

A 1x1 convolution and nearest-neighbour doubling, or 2x2 means, may change places: here it computes on the smaller map.
"""

from itertools import pairwise
from typing import Any

from keras import layers, ops

from common.specs.networks import NetworkShape, ResnetSpec, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.layers import Block, Conv2D, Dense
from keras_impl.networks.maps import double, halve, to_maps
from keras_impl.networks.model import SpecModel
from keras_impl.networks.normalization import ConditionalBatchNorm
from keras_impl.networks.spectral import critic_conv, critic_dense


class UpBlock(Block):
    """Doubles the map: twice norm, ReLU and convolution, and a 1x1 convolution past them.

    Biases are left out: a batch norm behind them would take each away.
    """

    def __init__(self, after: int, conditional: bool, momentum: float, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.norm_1 = norm(conditional, momentum, epsilon, name="norm_1")
        self.conv_1 = Conv2D(after, 3, padding="same", use_bias=False, name="conv_1")
        self.norm_2 = norm(conditional, momentum, epsilon, name="norm_2")
        self.conv_2 = Conv2D(after, 3, padding="same", use_bias=False, name="conv_2")
        self.shortcut = Conv2D(after, 1, use_bias=False, name="shortcut")

    def call(self, maps: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        given = () if labels is None else (labels,)
        inner = self.conv_1(double(ops.relu(self.norm_1(maps, *given, training=training))))
        inner = self.conv_2(ops.relu(self.norm_2(inner, *given, training=training)))
        return double(self.shortcut(maps)) + inner


class ImageBlock(Block):
    """The critic's first block, from image to halved map: it begins with a convolution, not a ReLU."""

    def __init__(self, after: int, critic_norm: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv_1 = critic_conv(critic_norm, after, 3, name="conv_1")
        self.conv_2 = critic_conv(critic_norm, after, 3, name="conv_2")
        self.shortcut = critic_conv(critic_norm, after, 1, name="shortcut")

    def call(self, images: Tensor) -> Tensor:
        inner = self.conv_2(ops.relu(self.conv_1(images)))
        return self.shortcut(halve(images)) + halve(inner)


class DownBlock(Block):
    """Twice ReLU and convolution, added to what came in; halved at the end, past a 1x1 convolution, if it `halves`."""

    def __init__(self, channels: int, halves: bool, critic_norm: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv_1 = critic_conv(critic_norm, channels, 3, name="conv_1")
        self.conv_2 = critic_conv(critic_norm, channels, 3, name="conv_2")
        self.shortcut = critic_conv(critic_norm, channels, 1, name="shortcut") if halves else None

    def call(self, maps: Tensor) -> Tensor:
        inner = self.conv_2(ops.relu(self.conv_1(ops.relu(maps))))
        return maps + inner if self.shortcut is None else self.shortcut(halve(maps)) + halve(inner)


class Generator(SpecModel):
    """Noise, and to conditional networks class weights, to images: (n, size, size, channels) in -1..1."""

    def __init__(self, spec: ResnetSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        constants, width = spec.normalization.model_dump(), spec.width
        self.project = Dense(4 * 4 * width, name="project")
        self.blocks = [
            UpBlock(width, spec.conditional, **constants, name=f"blocks-{size}")
            for size in resolutions(shape.image_size)[1:]
        ]
        self.norm = norm(False, **constants, name="norm")
        self.to_image = Conv2D(shape.channels, 3, padding="same", name="to_image")

    def call(self, latents: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        maps = to_maps(self.project(latents), 4)
        for block in self.blocks:
            maps = block(maps, labels, training=training)
        return ops.tanh(self.to_image(ops.relu(self.norm(maps, training=training))))


class Discriminator(SpecModel):
    """Images, and in conditional networks class weights, to logits: (n, size, size, channels) -> (n,).

    Features are summed over the map. A class adds their product with its embedding (the projection).
    """

    def __init__(self, spec: ResnetSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        width, kind, sizes = spec.critic_width, spec.critic_norm, spec.critic_sizes(shape.image_size)
        self.blocks: list[layers.Layer] = [ImageBlock(width, kind, name="blocks-0")]
        for index, (before, after) in enumerate(pairwise(sizes), start=1):
            self.blocks.append(DownBlock(width, after < before, kind, name=f"blocks-{index}"))
        self.score = critic_dense(kind, 1, name="score")
        self.embedding = critic_dense(kind, width, name="embedding", bias=False) if spec.conditional else None

    def call(self, images: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        maps = images
        for block in self.blocks:
            maps = block(maps)
        features = ops.sum(ops.relu(maps), axis=(1, 2))
        logits = ops.squeeze(self.score(features), axis=1)
        return logits if self.embedding is None else logits + ops.sum(features * self.embedding(labels), axis=1)


def norm(conditional: bool, momentum: float, epsilon: float, name: str) -> layers.Layer:
    """Batch norm, with scales and offsets by class where there are classes."""
    if conditional:
        return ConditionalBatchNorm(momentum, epsilon, name=name)
    return layers.BatchNormalization(momentum=momentum, epsilon=epsilon, name=name)
