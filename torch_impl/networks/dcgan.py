"""DCGAN (Radford, Metz, Chintala 2015, section 3 and figure 1) for any power-of-two image size.

Tensors are NCHW in channels_last memory: the dense layer's output, viewed as NHWC, already lies that way.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from common.specs.networks import DcganSpec, NetworkShape, resolutions
from torch_impl.networks.conditioning import join_planes
from torch_impl.networks.normalization import NORMS


class Project(nn.Module):
    """Noise to a normalised 4x4 map: (n, size) -> (n, channels, 4, 4)."""

    def __init__(self, size: int, channels: int, spec: DcganSpec) -> None:
        super().__init__()
        self.dense = nn.Linear(size, 4 * 4 * channels, bias=False)
        self.norm = NORMS["batch"](channels, spec.normalization)

    def forward(self, latents: Tensor) -> Tensor:
        maps = self.dense(latents).unflatten(1, (4, 4, -1)).permute(0, 3, 1, 2)
        return functional.relu(self.norm(maps))


class Up(nn.Module):
    """Doubles the map: transposed convolution, batch norm, ReLU."""

    def __init__(self, before: int, after: int, spec: DcganSpec) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)
        self.norm = NORMS["batch"](after, spec.normalization)

    def forward(self, maps: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(maps)))


class Down(nn.Module):
    """Halves the map: convolution, norm, LeakyReLU."""

    def __init__(self, before: int, after: int, norm: str, spec: DcganSpec) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=norm == "none")
        self.norm = NORMS[norm](after, spec.normalization)
        self.leaky_slope = spec.leaky_slope

    def forward(self, maps: Tensor) -> Tensor:
        return functional.leaky_relu(self.norm(self.conv(maps)), self.leaky_slope)


class Generator(nn.Module):
    """Noise, and in conditional networks class weights beside it, to images: (n, channels, size, size) in -1..1."""

    def __init__(self, spec: DcganSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes = resolutions(shape.image_size)
        widths = spec.widths(shape.image_size)
        given = shape.classes if spec.conditional else 0
        self.project = Project(spec.latent_size + given, widths[4], spec)
        self.body = nn.Sequential(
            OrderedDict((f"up_{size}", Up(widths[size // 2], widths[size], spec)) for size in sizes[1:-1])
        )
        self.to_image = nn.ConvTranspose2d(widths[sizes[-2]], shape.channels, 4, stride=2, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = latents if labels is None else torch.cat([latents, labels], dim=1)
        return functional.tanh(self.to_image(self.body(self.project(inputs))))


class Discriminator(nn.Module):
    """Images, and in conditional networks classes as planes beside them, to logits: (n, channels, size, size) -> (n,).

    The first block has no norm, as in the paper.
    """

    def __init__(self, spec: DcganSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes = resolutions(shape.image_size)[-2::-1]
        widths = spec.widths(shape.image_size)
        given = shape.classes if spec.conditional else 0
        self.from_image = Down(shape.channels + given, widths[sizes[0]], "none", spec)
        self.body = nn.Sequential(
            OrderedDict(
                (f"down_{size}", Down(widths[2 * size], widths[size], spec.critic_norm, spec)) for size in sizes[1:]
            )
        )
        self.score = nn.Linear(4 * 4 * widths[4], 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = images if labels is None else join_planes(images, labels)
        maps = self.body(self.from_image(inputs))
        return self.score(maps.permute(0, 2, 3, 1).flatten(1)).squeeze(1)
