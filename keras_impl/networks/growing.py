"""Progressively growing networks (Karras et al. 2018, section 2, figure 2 and table 2), conditional ones included.

All levels exist from the start; `set_phase` says how far the networks reach and whether the newest level is faded in.
"""

from collections.abc import Iterator
from typing import Any

import keras
from keras import layers, ops

from common.specs.networks import GrowingSpec, NetworkShape, ProgressiveSpec, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.equalized import (
    EqualizedConv,
    EqualizedDense,
    EqualizedLabelMap,
    fade,
    join_deviation,
    pixel_norm,
)
from keras_impl.networks.layers import Block
from keras_impl.networks.maps import double, halve, to_maps, to_vector
from keras_impl.networks.model import SpecModel


class InputBlock(Block):
    """Noise to the 4x4 map: pixel norm, dense, convolution; a class comes as channels of its own beside the noise's."""

    def __init__(self, conditional: bool, after: int, embedding_size: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        given = after // 2
        self.dense = EqualizedDense(4 * 4 * after, name="dense")
        self.label_map = EqualizedLabelMap(embedding_size, 4, given, name="label_map") if conditional else None
        self.conv = EqualizedConv(after, 3, name="conv")
        self.leaky_slope = leaky_slope

    def call(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        maps = to_maps(self.dense(pixel_norm(latents)), 4)
        maps = pixel_norm(ops.leaky_relu(maps, self.leaky_slope))
        if self.label_map is not None:
            maps = ops.concatenate([maps, self.label_map(labels)], axis=-1)
        return pixel_norm(ops.leaky_relu(self.conv(maps), self.leaky_slope))


class UpBlock(Block):
    """Doubles the map, then two convolutions with pixel norm."""

    def __init__(self, after: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv_1 = EqualizedConv(after, 3, name="conv_1")
        self.conv_2 = EqualizedConv(after, 3, name="conv_2")
        self.leaky_slope = leaky_slope

    def call(self, maps: Tensor) -> Tensor:
        maps = pixel_norm(ops.leaky_relu(self.conv_1(double(maps)), self.leaky_slope))
        return pixel_norm(ops.leaky_relu(self.conv_2(maps), self.leaky_slope))


class FromImage(Block):
    """The input block of one resolution: image, and a class as a plane beside it, to maps by a 1x1 convolution.

    A conditional discriminator gets a new one, label head included, whenever it grows.
    """

    def __init__(
        self,
        conditional: bool,
        after: int,
        resolution: int,
        embedding_size: int,
        leaky_slope: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.label_map = EqualizedLabelMap(embedding_size, resolution, 1, name="label_map") if conditional else None
        self.conv = EqualizedConv(after, 1, name="conv")
        self.leaky_slope = leaky_slope

    def call(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = images if self.label_map is None else ops.concatenate([images, self.label_map(labels)], axis=-1)
        return ops.leaky_relu(self.conv(inputs), self.leaky_slope)


class DownBlock(Block):
    """Two convolutions, then halves the map."""

    def __init__(self, before: int, after: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv_1 = EqualizedConv(before, 3, name="conv_1")
        self.conv_2 = EqualizedConv(after, 3, name="conv_2")
        self.leaky_slope = leaky_slope

    def call(self, maps: Tensor) -> Tensor:
        maps = ops.leaky_relu(self.conv_1(maps), self.leaky_slope)
        return halve(ops.leaky_relu(self.conv_2(maps), self.leaky_slope))


class OutputBlock(Block):
    """The 4x4 map to a score: minibatch deviation, convolution, two dense layers."""

    def __init__(self, width: int, group: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv = EqualizedConv(width, 3, name="conv")
        self.dense = EqualizedDense(width, name="dense")
        self.score = EqualizedDense(1, gain=1.0, name="score")
        self.group, self.leaky_slope = group, leaky_slope

    def call(self, maps: Tensor) -> Tensor:
        maps = ops.leaky_relu(self.conv(join_deviation(maps, self.group)), self.leaky_slope)
        features = ops.leaky_relu(self.dense(to_vector(maps)), self.leaky_slope)
        return ops.squeeze(self.score(features), axis=1)


class GrowingGenerator(SpecModel):
    """What growing generators share: a stem, `blocks` and `to_image` by resolution, and the phase they are in."""

    stem: layers.Layer
    blocks: dict[str, layers.Layer]
    to_image: dict[str, layers.Layer]

    def set_phase(self, resolution: int, fading: bool) -> None:
        """Reach up to `resolution`; where `fading`, blended from the level below."""
        self.resolution, self.fading = resolution, fading

    def active_parameters(self) -> Iterator[keras.Variable]:
        """The parameters that the phase uses."""
        yield from self.stem.trainable_variables
        for size, block in self.blocks.items():
            if int(size) <= self.resolution:
                yield from block.trainable_variables
        if self.fading:
            yield from self.to_image[str(self.resolution // 2)].trainable_variables
        yield from self.to_image[str(self.resolution)].trainable_variables

    def images(self, below: Tensor, maps: Tensor, alpha: Tensor) -> Tensor:
        """The newest level's maps as images, blended with the level below's while fading."""
        made = self.to_image[str(self.resolution)](maps)
        if not self.fading:
            return made
        return fade(double(self.to_image[str(self.resolution // 2)](below)), made, alpha)


class Generator(GrowingGenerator):
    """Noise to images of the phase's resolution: (n, latent_size) -> (n, r, r, channels), linear output.

    `alpha`, (), weighs the newest level while it is faded in; `labels` are class weights, (n, classes).
    """

    def __init__(self, spec: GrowingSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        sizes, slope = resolutions(shape.image_size), spec.leaky_slope
        self.stem = InputBlock(spec.conditional, spec.channels(4), spec.embedding_size, slope, name="stem")
        self.blocks = {str(size): UpBlock(spec.channels(size), slope, name=f"blocks-{size}") for size in sizes[1:]}
        self.to_image = {
            str(size): EqualizedConv(shape.channels, 1, gain=1.0, name=f"to_image-{size}") for size in sizes
        }
        self.set_phase(shape.image_size, fading=False)

    def call(self, latents: Tensor, alpha: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        maps = below = self.stem(latents, labels)
        for size, block in self.blocks.items():
            if int(size) <= self.resolution:
                below, maps = maps, block(maps)
        return self.images(below, maps, alpha)


class Discriminator(SpecModel):
    """Images of the phase's resolution to scores: (n, r, r, channels) -> (n,); `alpha` and `labels` as above."""

    def __init__(self, spec: ProgressiveSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        sizes, slope = resolutions(shape.image_size)[::-1], spec.leaky_slope
        self.from_image = {
            str(size): FromImage(
                spec.conditional, spec.channels(size), size, spec.embedding_size, slope, name=f"from_image-{size}"
            )
            for size in sizes
        }
        self.blocks = {
            str(size): DownBlock(spec.channels(size), spec.channels(size // 2), slope, name=f"blocks-{size}")
            for size in sizes[:-1]
        }
        self.output_block = OutputBlock(spec.channels(4), spec.deviation_group, slope, name="output")
        self.set_phase(shape.image_size, fading=False)

    def set_phase(self, resolution: int, fading: bool) -> None:
        """Take images of `resolution`; where `fading`, blended with the path of the level below."""
        self.resolution, self.fading = resolution, fading

    def active_parameters(self) -> Iterator[keras.Variable]:
        """The parameters that the phase uses."""
        yield from self.from_image[str(self.resolution)].trainable_variables
        if self.fading:
            yield from self.from_image[str(self.resolution // 2)].trainable_variables
        for size, block in self.blocks.items():
            if int(size) <= self.resolution:
                yield from block.trainable_variables
        yield from self.output_block.trainable_variables

    def call(self, images: Tensor, alpha: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        maps = self.from_image[str(self.resolution)](images, labels)
        for size, block in self.blocks.items():
            if int(size) > self.resolution:
                continue
            maps = block(maps)
            if self.fading and int(size) == self.resolution:
                maps = fade(self.from_image[str(self.resolution // 2)](halve(images), labels), maps, alpha)
        return self.output_block(maps)
