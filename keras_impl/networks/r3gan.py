"""R3GAN (Huang et al. 2025): residual blocks without normalisation, grouped convolutions, bilinear resampling.

Tensors are NHWC. Layers are named so that variable paths equal the neutral names of the weights.
"""

from typing import Any

from keras import layers, ops

from common.specs.networks import NetworkShape, R3ganSpec, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.layers import Block, Conv2D, Dense, HostNormal
from keras_impl.networks.maps import double_bilinear, halve_bilinear
from keras_impl.networks.model import SpecModel


class GroupedConv(layers.Layer):
    """A 3x3 convolution in groups of channels, each by itself.

    Keras' own, by `groups`, is one operation, for which XLA takes tens of times longer on the CPU than for groups one
    by one. Keras on TensorFlow calls XLA for it in a graph, too, since TensorFlow's own gradient is missing in float64.
    """

    def __init__(self, after: int, groups: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after, self.groups = after, groups

    def build(self, input_shape: tuple) -> None:
        """(h, w, before) -> (h, w, after)."""
        shape = (3, 3, input_shape[-1] // self.groups, self.after)
        self.kernel = self.add_weight(shape=shape, initializer=HostNormal(), name="kernel")
        self.bias = self.add_weight(shape=(self.after,), initializer="zeros", name="bias")

    def call(self, maps: Tensor) -> Tensor:
        parts = zip(ops.split(maps, self.groups, axis=-1), ops.split(self.kernel, self.groups, axis=-1), strict=True)
        made = [ops.conv(part, kernel, padding="same") for part, kernel in parts]
        return ops.concatenate(made, axis=-1) + self.bias


class Residual(Block):
    """1x1 to more channels, grouped 3x3, 1x1 back; added to what came in."""

    def __init__(self, channels: int, expanded: int, groups: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.expand = Conv2D(expanded, 1, name="expand")
        self.mix = GroupedConv(expanded, groups, name="mix")
        self.reduce = Conv2D(channels, 1, use_bias=False, name="reduce")
        self.leaky_slope = leaky_slope

    def call(self, maps: Tensor) -> Tensor:
        inner = ops.leaky_relu(self.expand(maps), self.leaky_slope)
        inner = ops.leaky_relu(self.mix(inner), self.leaky_slope)
        return maps + self.reduce(inner)


class Stage(Block):
    """The residual blocks of one resolution and, where the next has other channels, the 1x1 convolution to it."""

    def __init__(
        self,
        channels: int,
        changed: int | None,
        blocks: int,
        expanded: int,
        groups: int,
        leaky_slope: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        constants = (expanded, groups, leaky_slope)
        self.blocks = [Residual(channels, *constants, name=f"blocks-{index}") for index in range(blocks)]
        self.change = None if changed is None else Conv2D(changed, 1, use_bias=False, name="change")

    def call(self, maps: Tensor) -> Tensor:
        for block in self.blocks:
            maps = block(maps)
        return maps if self.change is None else self.change(maps)


class Bases(Block):
    """Learned 4x4 maps, each weighted by a linear function of the noise: (n, before) -> (n, 4, 4, after)."""

    def __init__(self, after: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after = after
        self.dense = Dense(after, use_bias=False, name="dense")

    def build(self, input_shape: tuple) -> None:
        """One map for each channel."""
        self.basis = self.add_weight(shape=(4, 4, self.after), initializer=HostNormal(), name="basis")

    def call(self, latents: Tensor) -> Tensor:
        return self.basis * ops.reshape(self.dense(latents), (-1, 1, 1, self.after))


class Score(Block):
    """4x4 maps to logits: each channel's sum, weighted by place, then a linear function: (n, 4, 4, before) -> (n,)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = Dense(1, use_bias=False, name="dense")

    def build(self, input_shape: tuple) -> None:
        """One weight for each place and channel."""
        self.kernel = self.add_weight(shape=input_shape[1:], initializer=HostNormal(), name="kernel")

    def call(self, maps: Tensor) -> Tensor:
        return ops.squeeze(self.dense(ops.sum(maps * self.kernel, axis=(1, 2))), axis=1)


class Generator(SpecModel):
    """Noise to images: (n, latent) -> (n, size, size, channels), around -1..1."""

    def __init__(self, spec: R3ganSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        self.sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        self.bases = Bases(widths[4], name="bases")
        self.stages = [_stage(spec, size, 2 * size, shape.image_size) for size in self.sizes]
        self.to_image = Conv2D(shape.channels, 1, use_bias=False, name="to_image")

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        first, *others = self.stages
        maps = first(self.bases(latents))
        for stage in others:
            maps = stage(double_bilinear(maps))
        return self.to_image(maps)


class Discriminator(SpecModel):
    """Images to logits: (n, size, size, channels) -> (n,)."""

    def __init__(self, spec: R3ganSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        self.sizes, widths = resolutions(shape.image_size)[::-1], spec.widths(shape.image_size)
        self.from_image = Conv2D(widths[shape.image_size], 1, use_bias=False, name="from_image")
        self.stages = [_stage(spec, size, size // 2, shape.image_size) for size in self.sizes]
        self.score = Score(name="score")

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        maps = self.from_image(images)
        for size, stage in zip(self.sizes, self.stages, strict=True):
            maps = stage(maps)
            maps = halve_bilinear(maps) if size > 4 else maps
        return self.score(maps)


def _stage(spec: R3ganSpec, size: int, following: int, image_size: int) -> Stage:
    channels = spec.widths(image_size)[size]
    constants = (spec.blocks, spec.expanded(channels), spec.groups(channels), spec.leaky_slope)
    return Stage(channels, spec.change(size, following, image_size), *constants, name=f"stages-{size}")
