"""A small StyleGAN (Karras et al. 2019, figure 1b): mapping network, learned constant, AdaIN, per-pixel noise, growing.

The discriminator is the growing one. A generator's input is the latent vector z and, behind it, the noise of every
layer, so that equal inputs give equal images in every framework.
"""

from itertools import pairwise
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import NetworkShape, StyleSpec, resolutions
from torch_impl.networks.equalized import EqualizedConv, EqualizedDense, pixel_norm
from torch_impl.networks.growing import Discriminator, GrowingGenerator
from torch_impl.networks.maps import double
from torch_impl.precision import in_float32

__all__ = ["Discriminator", "Generator", "Mapping", "StyleBlock", "StyleLayer"]

EPSILON = 1e-8


class Mapping(nn.Module):
    """z to w: (n, latent_size) -> (n, style_size); keeps a running mean of w for truncation."""

    roles: ClassVar = {"w_average": "w_average"}

    def __init__(
        self,
        before: int,
        style_size: int,
        depth: int,
        leaky_slope: float,
        average_decay: float,
        rate: float = 1.0,
    ) -> None:
        super().__init__()
        sizes = [before] + [style_size] * depth
        self.layers = nn.ModuleList(EqualizedDense(a, b, rate=rate) for a, b in pairwise(sizes))
        self.register_buffer("w_average", torch.zeros(style_size))
        self.leaky_slope, self.average_decay = leaky_slope, average_decay

    def forward(self, latents: Tensor) -> Tensor:
        styles = pixel_norm(latents)
        for layer in self.layers:
            styles = F.leaky_relu(layer(styles), self.leaky_slope)
        if self.training:
            mean = styles.detach().to(self.w_average.dtype).mean(dim=0)
            self.w_average.copy_(mean + (self.w_average - mean) * self.average_decay)
        return styles


@in_float32
def truncated(styles: Tensor, average: Tensor, truncation: Tensor) -> Tensor:
    """Styles pulled towards their mean (appendix B)."""
    return average + truncation * (styles - average)


@in_float32
def adaptive_norm(maps: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Each sample's channels to mean 0 and variance 1, times 1 + scale, plus shift (AdaIN, equation 1)."""
    centred = maps - maps.mean(dim=(2, 3), keepdim=True)
    normed = centred * torch.rsqrt(centred.square().mean(dim=(2, 3), keepdim=True) + EPSILON)
    return normed * (1.0 + scale) + shift


class StyleLayer(nn.Module):
    """Noise, LeakyReLU, and AdaIN by w: (n, c, r, r) -> the same shape."""

    roles: ClassVar = {"strength": "strength"}

    def __init__(self, style_size: int, channels: int, leaky_slope: float) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.empty(channels))
        self.style = EqualizedDense(style_size, 2 * channels, gain=1.0)
        self.leaky_slope = leaky_slope

    def forward(self, maps: Tensor, noise: Tensor, styles: Tensor) -> Tensor:
        strength = self.strength.to(maps.dtype)[:, None, None]
        maps = F.leaky_relu(maps + strength * noise, self.leaky_slope)
        return adaptive_norm(maps, *self.style(styles)[:, :, None, None].chunk(2, dim=1))


class StyleBlock(nn.Module):
    """Two style layers at one resolution; the first block starts from the learned constant, others double the map."""

    roles: ClassVar = {"constant": "constant"}

    def __init__(self, before: int, style_size: int, is_first: bool, after: int, leaky_slope: float) -> None:
        super().__init__()
        self.constant = nn.Parameter(torch.empty(4, 4, after)) if is_first else None
        self.conv_1 = None if is_first else EqualizedConv(before, after, 3)
        self.layer_1 = StyleLayer(style_size, after, leaky_slope)
        self.conv_2 = EqualizedConv(after, after, 3)
        self.layer_2 = StyleLayer(style_size, after, leaky_slope)

    def forward(self, maps: Tensor | None, noise: Tensor, styles: Tensor) -> Tensor:
        if self.constant is not None:
            # the shape's number, not len(): an exported graph takes any number of images
            maps = self.constant.permute(2, 0, 1).expand(styles.shape[0], -1, -1, -1)
        elif self.conv_1 is not None:
            maps = self.conv_1(double(maps))
        maps = self.layer_1(maps, noise[:, 0:1], styles)
        return self.layer_2(self.conv_2(maps), noise[:, 1:2], styles)


class Generator(GrowingGenerator):
    """Noise to images of the phase's resolution: (n, noise_size) -> (n, channels, r, r), linear output.

    `alpha`, (), weighs the newest level while it is faded in. For sampling, `truncation`, (), pulls styles towards
    their mean (psi), and blocks from `mix_from`, (), up take their styles from `mix_latents`, (n, latent_size).
    """

    def __init__(self, spec: StyleSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes, slope = resolutions(shape.image_size), spec.leaky_slope
        self.latent_size = spec.latent_size
        self.stem = Mapping(
            spec.latent_size,
            spec.style_size,
            spec.mapping_layers,
            slope,
            spec.average_decay,
            spec.initialization.mapping_rate,
        )
        self.blocks = nn.ModuleDict(
            {
                str(size): StyleBlock(
                    spec.channels(size // 2), spec.style_size, size == sizes[0], spec.channels(size), slope
                )
                for size in sizes
            }
        )
        self.to_image = nn.ModuleDict(
            {str(size): EqualizedConv(spec.channels(size), shape.channels, 1, gain=1.0) for size in sizes}
        )
        self.set_phase(shape.image_size, fading=False)

    def forward(
        self,
        latents: Tensor,
        alpha: Tensor,
        truncation: Tensor | None = None,
        mix_latents: Tensor | None = None,
        mix_from: Tensor | None = None,
    ) -> Tensor:
        styles = self._truncate(self.stem(latents[:, : self.latent_size]), truncation)
        mixed = styles if mix_latents is None else self._truncate(self.stem(mix_latents), truncation)
        maps = below = None
        offset = self.latent_size
        for size, block in self.blocks.items():
            side = int(size)
            if side <= self.resolution:
                noise = latents[:, offset : offset + 2 * side * side].reshape(-1, 2, side, side)
                chosen = styles if mix_from is None else torch.where(mix_from <= side, mixed, styles)
                below, maps = maps, block(maps, noise, chosen)
            offset += 2 * side * side
        return self.images(below, maps, alpha)

    def _truncate(self, styles: Tensor, truncation: Tensor | None) -> Tensor:
        return styles if truncation is None else truncated(styles, self.stem.w_average, truncation)
