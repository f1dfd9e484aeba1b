"""A small StyleGAN (Karras et al. 2019, figure 1b): mapping network, learned constant, AdaIN, per-pixel noise, growing.

The discriminator is the growing one. A generator's input is the latent vector z and, behind it, the noise of every
layer, so that equal inputs give equal images in every framework.
"""

from typing import Any

import numpy as np
from keras import ops

from common.specs.networks import NetworkShape, StyleSpec, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.equalized import EqualizedConv, EqualizedDense, pixel_norm
from keras_impl.networks.growing import Discriminator, GrowingGenerator
from keras_impl.networks.layers import Block
from keras_impl.networks.maps import double
from keras_impl.precision import in_float32

__all__ = ["Discriminator", "Generator", "Mapping", "StyleBlock", "StyleLayer"]

EPSILON = 1e-8


class Mapping(Block):
    """z to w: (n, latent_size) -> (n, style_size); keeps a running mean of w for truncation."""

    def __init__(
        self, style_size: int, depth: int, leaky_slope: float, average_decay: float, rate: float = 1.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.layers = [EqualizedDense(style_size, rate=rate, name=f"layers-{index}") for index in range(depth)]
        self.style_size, self.leaky_slope, self.average_decay = style_size, leaky_slope, average_decay

    def build(self, input_shape: tuple) -> None:
        """The running mean; the layers build themselves when called."""
        self.w_average = self.add_weight(
            shape=(self.style_size,), initializer="zeros", trainable=False, autocast=False, name="w_average"
        )

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        styles = pixel_norm(latents)
        for layer in self.layers:
            styles = ops.leaky_relu(layer(styles), self.leaky_slope)
        if training:
            mean = ops.mean(ops.cast(ops.stop_gradient(styles), self.w_average.dtype), axis=0)
            decay = ops.convert_to_tensor(np.float64(self.average_decay), dtype=mean.dtype)
            self.w_average.assign(mean + (self.w_average - mean) * decay)
        return styles


@in_float32
def truncated(styles: Tensor, average: Tensor, truncation: Tensor) -> Tensor:
    """Styles pulled towards their mean (appendix B)."""
    return average + truncation * (styles - average)


@in_float32
def adaptive_norm(maps: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Each sample's channels to mean 0 and variance 1, times 1 + scale, plus shift (AdaIN, equation 1)."""
    centred = maps - ops.mean(maps, axis=(1, 2), keepdims=True)
    normed = centred * ops.rsqrt(ops.mean(ops.square(centred), axis=(1, 2), keepdims=True) + EPSILON)
    return normed * (1.0 + scale) + shift


class StyleLayer(Block):
    """Noise, LeakyReLU, and AdaIN by w: (n, r, r, c) -> the same shape."""

    def __init__(self, channels: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.style = EqualizedDense(2 * channels, gain=1.0, name="style")
        self.leaky_slope = leaky_slope

    def build(self, *shapes: tuple, **named: tuple) -> None:
        """One noise strength per channel."""
        self.strength = self.add_weight(shape=(self.channels,), initializer="zeros", name="strength")

    def call(self, maps: Tensor, noise: Tensor, styles: Tensor) -> Tensor:
        maps = ops.leaky_relu(maps + self.strength * noise, self.leaky_slope)
        return adaptive_norm(maps, *ops.split(self.style(styles)[:, None, None, :], 2, axis=-1))


class StyleBlock(Block):
    """Two style layers at one resolution; the first block starts from the learned constant, others double the map."""

    def __init__(self, is_first: bool, after: int, leaky_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_first, self.after = is_first, after
        self.conv_1 = None if is_first else EqualizedConv(after, 3, name="conv_1")
        self.layer_1 = StyleLayer(after, leaky_slope, name="layer_1")
        self.conv_2 = EqualizedConv(after, 3, name="conv_2")
        self.layer_2 = StyleLayer(after, leaky_slope, name="layer_2")

    def build(self, *shapes: tuple, **named: tuple) -> None:
        """The learned constant of the first block."""
        if self.is_first:
            self.constant = self.add_weight(shape=(4, 4, self.after), initializer="ones", name="constant")

    def call(self, maps: Tensor | None, noise: Tensor, styles: Tensor) -> Tensor:
        if self.is_first:
            maps = ops.tile(self.constant[None], (ops.shape(styles)[0], 1, 1, 1))
        elif self.conv_1 is not None:
            maps = self.conv_1(double(maps))
        maps = self.layer_1(maps, noise[..., 0:1], styles)
        return self.layer_2(self.conv_2(maps), noise[..., 1:2], styles)


class Generator(GrowingGenerator):
    """Noise to images of the phase's resolution: (n, noise_size) -> (n, r, r, channels), linear output.

    `alpha`, (), weighs the newest level while it is faded in. For sampling, `truncation`, (), pulls styles towards
    their mean (psi), and blocks from `mix_from`, (), up take their styles from `mix_latents`, (n, latent_size).
    """

    def __init__(self, spec: StyleSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        sizes, slope = resolutions(shape.image_size), spec.leaky_slope
        self.latent_size = spec.latent_size
        rate = spec.initialization.mapping_rate
        self.stem = Mapping(spec.style_size, spec.mapping_layers, slope, spec.average_decay, rate, name="stem")
        self.blocks = {
            str(size): StyleBlock(size == sizes[0], spec.channels(size), slope, name=f"blocks-{size}") for size in sizes
        }
        self.to_image = {
            str(size): EqualizedConv(shape.channels, 1, gain=1.0, name=f"to_image-{size}") for size in sizes
        }
        self.set_phase(shape.image_size, fading=False)

    def call(
        self,
        latents: Tensor,
        alpha: Tensor,
        truncation: Tensor | None = None,
        mix_latents: Tensor | None = None,
        mix_from: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        styles = self._truncate(self.stem(latents[:, : self.latent_size], training=training), truncation)
        mixed = styles if mix_latents is None else self._truncate(self.stem(mix_latents), truncation)
        maps = below = None
        offset = self.latent_size
        for size, block in self.blocks.items():
            side = int(size)
            if side <= self.resolution:
                noise = ops.reshape(latents[:, offset : offset + 2 * side * side], (-1, 2, side, side))
                chosen = styles if mix_from is None else ops.where(mix_from <= side, mixed, styles)
                below, maps = maps, block(maps, ops.transpose(noise, (0, 2, 3, 1)), chosen)
            offset += 2 * side * side
        return self.images(below, maps, alpha)

    def _truncate(self, styles: Tensor, truncation: Tensor | None) -> Tensor:
        return styles if truncation is None else truncated(styles, self.stem.w_average, truncation)
