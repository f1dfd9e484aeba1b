"""Progressively growing networks (Karras et al. 2018, section 2, figure 2 and table 2), conditional ones included.

All levels exist from the start; `set_phase` says how far the networks reach and whether the newest level is faded in.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from common.specs.networks import GrowingSpec, NetworkShape, resolutions
from torch_impl.networks.equalized import (
    EqualizedConv,
    EqualizedDense,
    EqualizedLabelMap,
    double,
    fade,
    halve,
    join_deviation,
    pixel_norm,
)


class InputBlock(nn.Module):
    """Noise to the 4x4 map: pixel norm, dense, convolution; a class comes as channels of its own beside the noise's."""

    def __init__(self, spec: GrowingSpec, shape: NetworkShape) -> None:
        super().__init__()
        width, given = spec.channels(4), spec.channels(4) // 2 if spec.conditional else 0
        self.dense = EqualizedDense(spec.latent_size, 4 * 4 * width)
        self.label_map = EqualizedLabelMap(shape.classes, spec.embedding_size, 4, given) if given else None
        self.conv = EqualizedConv(width + given, width, 3)
        self.leaky_slope = spec.leaky_slope

    def forward(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        maps = self.dense(pixel_norm(latents)).unflatten(1, (4, 4, -1)).permute(0, 3, 1, 2)
        maps = pixel_norm(functional.leaky_relu(maps, self.leaky_slope))
        if self.label_map is not None:
            maps = torch.cat([maps, self.label_map(labels)], dim=1)
        return pixel_norm(functional.leaky_relu(self.conv(maps), self.leaky_slope))


class UpBlock(nn.Module):
    """Doubles the map, then two convolutions with pixel norm."""

    def __init__(self, before: int, after: int, spec: GrowingSpec) -> None:
        super().__init__()
        self.conv_1 = EqualizedConv(before, after, 3)
        self.conv_2 = EqualizedConv(after, after, 3)
        self.leaky_slope = spec.leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        maps = pixel_norm(functional.leaky_relu(self.conv_1(double(maps)), self.leaky_slope))
        return pixel_norm(functional.leaky_relu(self.conv_2(maps), self.leaky_slope))


class FromImage(nn.Module):
    """The input block of one resolution: image, and a class as a plane beside it, to maps by a 1x1 convolution.

    A conditional discriminator gets a new one, label head included, whenever it grows.
    """

    def __init__(self, resolution: int, spec: GrowingSpec, shape: NetworkShape) -> None:
        super().__init__()
        given = 1 if spec.conditional else 0
        self.label_map = EqualizedLabelMap(shape.classes, spec.embedding_size, resolution, 1) if given else None
        self.conv = EqualizedConv(shape.channels + given, spec.channels(resolution), 1)
        self.leaky_slope = spec.leaky_slope

    def forward(self, images: Tensor, labels: Tensor | None) -> Tensor:
        inputs = images if self.label_map is None else torch.cat([images, self.label_map(labels)], dim=1)
        return functional.leaky_relu(self.conv(inputs), self.leaky_slope)


class DownBlock(nn.Module):
    """Two convolutions, then halves the map."""

    def __init__(self, before: int, after: int, spec: GrowingSpec) -> None:
        super().__init__()
        self.conv_1 = EqualizedConv(before, before, 3)
        self.conv_2 = EqualizedConv(before, after, 3)
        self.leaky_slope = spec.leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        maps = functional.leaky_relu(self.conv_1(maps), self.leaky_slope)
        return halve(functional.leaky_relu(self.conv_2(maps), self.leaky_slope))


class OutputBlock(nn.Module):
    """The 4x4 map to a score: minibatch deviation, convolution, two dense layers."""

    def __init__(self, spec: GrowingSpec) -> None:
        super().__init__()
        width = spec.channels(4)
        self.conv = EqualizedConv(width + 1, width, 3)
        self.dense = EqualizedDense(4 * 4 * width, width)
        self.score = EqualizedDense(width, 1, gain=1.0)
        self.group, self.leaky_slope = spec.deviation_group, spec.leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        maps = functional.leaky_relu(self.conv(join_deviation(maps, self.group)), self.leaky_slope)
        features = functional.leaky_relu(self.dense(maps.permute(0, 2, 3, 1).flatten(1)), self.leaky_slope)
        return self.score(features).squeeze(1)


class GrowingGenerator(nn.Module):
    """What growing generators share: a stem, `blocks` and `to_image` by resolution, and the phase they are in."""

    stem: nn.Module
    blocks: nn.ModuleDict
    to_image: nn.ModuleDict

    def set_phase(self, resolution: int, fading: bool) -> None:
        """Reach up to `resolution`; where `fading`, blended from the level below."""
        self.resolution, self.fading = resolution, fading

    def active_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that the phase uses."""
        yield from self.stem.parameters()
        for size, block in self.blocks.items():
            if int(size) <= self.resolution:
                yield from block.parameters()
        if self.fading:
            yield from self.to_image[str(self.resolution // 2)].parameters()
        yield from self.to_image[str(self.resolution)].parameters()

    def images(self, below: Tensor, maps: Tensor, alpha: Tensor) -> Tensor:
        """The newest level's maps as images, blended with the level below's while fading."""
        made = self.to_image[str(self.resolution)](maps)
        if not self.fading:
            return made
        return fade(double(self.to_image[str(self.resolution // 2)](below)), made, alpha)


class Generator(GrowingGenerator):
    """Noise to images of the phase's resolution: (n, latent_size) -> (n, channels, r, r), linear output.

    `alpha`, (), weighs the newest level while it is faded in; `labels` are class weights, (n, classes).
    """

    def __init__(self, spec: GrowingSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes = resolutions(shape.image_size)
        self.stem = InputBlock(spec, shape)
        self.blocks = nn.ModuleDict(
            {str(size): UpBlock(spec.channels(size // 2), spec.channels(size), spec) for size in sizes[1:]}
        )
        self.to_image = nn.ModuleDict(
            {str(size): EqualizedConv(spec.channels(size), shape.channels, 1, gain=1.0) for size in sizes}
        )
        self.set_phase(shape.image_size, fading=False)

    def forward(self, latents: Tensor, alpha: Tensor, labels: Tensor | None = None) -> Tensor:
        maps = below = self.stem(latents, labels)
        for size, block in self.blocks.items():
            if int(size) <= self.resolution:
                below, maps = maps, block(maps)
        return self.images(below, maps, alpha)


class Discriminator(nn.Module):
    """Images of the phase's resolution to scores: (n, channels, r, r) -> (n,); `alpha` and `labels` as above."""

    def __init__(self, spec: GrowingSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes = resolutions(shape.image_size)[::-1]
        self.from_image = nn.ModuleDict({str(size): FromImage(size, spec, shape) for size in sizes})
        self.blocks = nn.ModuleDict(
            {str(size): DownBlock(spec.channels(size), spec.channels(size // 2), spec) for size in sizes[:-1]}
        )
        self.output = OutputBlock(spec)
        self.set_phase(shape.image_size, fading=False)

    def set_phase(self, resolution: int, fading: bool) -> None:
        """Take images of `resolution`; where `fading`, blended with the path of the level below."""
        self.resolution, self.fading = resolution, fading

    def active_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that the phase uses."""
        yield from self.from_image[str(self.resolution)].parameters()
        if self.fading:
            yield from self.from_image[str(self.resolution // 2)].parameters()
        for size, block in self.blocks.items():
            if int(size) <= self.resolution:
                yield from block.parameters()
        yield from self.output.parameters()

    def forward(self, images: Tensor, alpha: Tensor, labels: Tensor | None = None) -> Tensor:
        maps = self.from_image[str(self.resolution)](images, labels)
        for size, block in self.blocks.items():
            if int(size) > self.resolution:
                continue
            maps = block(maps)
            if self.fading and int(size) == self.resolution:
                maps = fade(self.from_image[str(self.resolution // 2)](halve(images), labels), maps, alpha)
        return self.output(maps)
