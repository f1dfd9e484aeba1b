"""Progressively growing networks (Karras et al. 2018, section 2, figure 2 and table 2), conditional ones included.

All levels exist from the start; `set_phase` says how far the networks reach and whether the newest level is faded in.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import GrowingSpec, NetworkShape, ProgressiveSpec, resolutions
from torch_impl.networks.equalized import (
    EqualizedConv,
    EqualizedDense,
    EqualizedLabelMap,
    fade,
    join_deviation,
    pixel_norm,
)
from torch_impl.networks.maps import double, halve, to_maps, to_vector


class InputBlock(nn.Module):
    """Noise to the 4x4 map: pixel norm, dense, convolution; a class comes as channels of its own beside the noise's.

    Unconditional where `classes` is 0.
    """

    def __init__(self, before: int, classes: int, after: int, embedding_size: int, leaky_slope: float) -> None:
        super().__init__()
        given = after // 2 if classes else 0
        self.dense = EqualizedDense(before, 4 * 4 * after)
        self.label_map = EqualizedLabelMap(classes, embedding_size, 4, given) if classes else None
        self.conv = EqualizedConv(after + given, after, 3)
        self.leaky_slope = leaky_slope

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        maps = to_maps(self.dense(pixel_norm(latents)), 4)
        maps = pixel_norm(F.leaky_relu(maps, self.leaky_slope))
        if self.label_map is not None:
            maps = torch.cat([maps, self.label_map(labels)], dim=1)
        return pixel_norm(F.leaky_relu(self.conv(maps), self.leaky_slope))


class UpBlock(nn.Module):
    """Doubles the map, then two convolutions with pixel norm."""

    def __init__(self, before: int, after: int, leaky_slope: float) -> None:
        super().__init__()
        self.conv_1 = EqualizedConv(before, after, 3)
        self.conv_2 = EqualizedConv(after, after, 3)
        self.leaky_slope = leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        maps = pixel_norm(F.leaky_relu(self.conv_1(double(maps)), self.leaky_slope))
        return pixel_norm(F.leaky_relu(self.conv_2(maps), self.leaky_slope))


class FromImage(nn.Module):
    """The input block of one resolution: image, and a class as a plane beside it, to maps by a 1x1 convolution.

    A conditional discriminator gets a new one, label head included, whenever it grows; unconditional where `classes`
    is 0.
    """

    def __init__(
        self, before: int, classes: int, after: int, resolution: int, embedding_size: int, leaky_slope: float
    ) -> None:
        super().__init__()
        given = 1 if classes else 0
        self.label_map = EqualizedLabelMap(classes, embedding_size, resolution, given) if classes else None
        self.conv = EqualizedConv(before + given, after, 1)
        self.leaky_slope = leaky_slope

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = images if self.label_map is None else torch.cat([images, self.label_map(labels)], dim=1)
        return F.leaky_relu(self.conv(inputs), self.leaky_slope)


class DownBlock(nn.Module):
    """Two convolutions, then halves the map."""

    def __init__(self, before: int, after: int, leaky_slope: float) -> None:
        super().__init__()
        self.conv_1 = EqualizedConv(before, before, 3)
        self.conv_2 = EqualizedConv(before, after, 3)
        self.leaky_slope = leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        maps = F.leaky_relu(self.conv_1(maps), self.leaky_slope)
        return halve(F.leaky_relu(self.conv_2(maps), self.leaky_slope))


class OutputBlock(nn.Module):
    """The 4x4 map to a score: minibatch deviation, convolution, two dense layers."""

    def __init__(self, width: int, group: int, leaky_slope: float) -> None:
        super().__init__()
        self.conv = EqualizedConv(width + 1, width, 3)
        self.dense = EqualizedDense(4 * 4 * width, width)
        self.score = EqualizedDense(width, 1, gain=1.0)
        self.group, self.leaky_slope = group, leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        maps = F.leaky_relu(self.conv(join_deviation(maps, self.group)), self.leaky_slope)
        features = F.leaky_relu(self.dense(to_vector(maps)), self.leaky_slope)
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
        sizes, slope = resolutions(shape.image_size), spec.leaky_slope
        classes = shape.classes if spec.conditional else 0
        self.stem = InputBlock(spec.latent_size, classes, spec.channels(4), spec.embedding_size, slope)
        self.blocks = nn.ModuleDict(
            {str(size): UpBlock(spec.channels(size // 2), spec.channels(size), slope) for size in sizes[1:]}
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

    def __init__(self, spec: ProgressiveSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes, slope = resolutions(shape.image_size)[::-1], spec.leaky_slope
        classes = shape.classes if spec.conditional else 0
        self.from_image = nn.ModuleDict(
            {
                str(size): FromImage(shape.channels, classes, spec.channels(size), size, spec.embedding_size, slope)
                for size in sizes
            }
        )
        self.blocks = nn.ModuleDict(
            {str(size): DownBlock(spec.channels(size), spec.channels(size // 2), slope) for size in sizes[:-1]}
        )
        self.output = OutputBlock(spec.channels(4), spec.deviation_group, slope)
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
