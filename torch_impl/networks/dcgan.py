"""DCGAN (Radford, Metz, Chintala 2015, section 3 and figure 1) for any power-of-two image size.

Tensors are NCHW in channels_last memory. Activations overwrite what enters them, which no gradient needs.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import ConvolutionalSpec, DcganSpec, NetworkShape, resolutions
from torch_impl.networks.conditioning import join_planes
from torch_impl.networks.maps import to_maps, to_vector
from torch_impl.networks.normalization import NORMS
from torch_impl.networks.spectral import critic_conv, critic_dense


class Project(nn.Module):
    """Noise to a normalised 4x4 map: (n, before) -> (n, after, 4, 4)."""

    def __init__(self, before: int, after: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.dense = nn.Linear(before, 4 * 4 * after, bias=False)
        self.norm = NORMS["batch"](after, momentum, epsilon)

    def forward(self, latents: Tensor) -> Tensor:
        return F.relu(self.norm(to_maps(self.dense(latents), 4)), inplace=True)


class Up(nn.Module):
    """Doubles the map: transposed convolution, batch norm, ReLU."""

    def __init__(self, before: int, after: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)
        self.norm = NORMS["batch"](after, momentum, epsilon)

    def forward(self, maps: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(maps)), inplace=True)


class Down(nn.Module):
    """Halves the map: convolution, norm, LeakyReLU."""

    def __init__(self, before: int, after: int, norm: str, leaky_slope: float, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.conv = critic_conv(norm, before, after, 4, stride=2)
        self.norm = NORMS[norm](after, momentum, epsilon)
        self.leaky_slope = leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        return F.leaky_relu(self.norm(self.conv(maps)), self.leaky_slope, inplace=True)


def ups(block: Callable[..., nn.Module], sizes: Iterable[int], spec: ConvolutionalSpec, image_size: int) -> nn.Module:
    """A generator's body: one `block` for each of the `sizes` that it doubles to."""
    widths, constants = spec.widths(image_size), spec.normalization.model_dump()
    blocks = {f"up_{size}": block(widths[size // 2], widths[size], **constants) for size in sizes}
    return nn.Sequential(OrderedDict(blocks))


def downs(sizes: Iterable[int], spec: ConvolutionalSpec, image_size: int) -> nn.Module:
    """A discriminator's body: one block for each of the `sizes` that it halves to."""
    widths, constants = spec.widths(image_size), spec.normalization.model_dump()
    blocks = {
        f"down_{size}": Down(widths[2 * size], widths[size], spec.critic_norm, spec.leaky_slope, **constants)
        for size in sizes
    }
    return nn.Sequential(OrderedDict(blocks))


class Generator(nn.Module):
    """Noise, and in conditional networks class weights beside it, to images: (n, channels, size, size) in -1..1."""

    def __init__(self, spec: DcganSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        given = shape.classes if spec.conditional else 0
        self.project = Project(spec.latent_size + given, widths[4], **spec.normalization.model_dump())
        self.body = ups(Up, sizes[1:-1], spec, shape.image_size)
        self.to_image = nn.ConvTranspose2d(widths[sizes[-2]], shape.channels, 4, stride=2, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = latents if labels is None else torch.cat([latents, labels], dim=1)
        return F.tanh(self.to_image(self.body(self.project(inputs))))


class Discriminator(nn.Module):
    """Images, and in conditional networks classes as planes beside them, to logits: (n, channels, size, size) -> (n,).

    The first block has no norm, as in the paper.
    """

    def __init__(self, spec: ConvolutionalSpec, shape: NetworkShape) -> None:
        super().__init__()
        first, *rest = resolutions(shape.image_size)[-2::-1]
        widths, constants = spec.widths(shape.image_size), spec.normalization.model_dump()
        given = shape.classes if spec.conditional else 0
        self.from_image = Down(
            shape.channels + given, widths[first], spec.first_critic_norm, spec.leaky_slope, **constants
        )
        self.body = downs(rest, spec, shape.image_size)
        self.score = critic_dense(spec.critic_norm, 4 * 4 * widths[4], 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = images if labels is None else join_planes(images, labels)
        maps = self.body(self.from_image(inputs))
        return self.score(to_vector(maps)).squeeze(1)
