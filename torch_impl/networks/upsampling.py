"""A generator of nearest-neighbour up-sampling and convolutions, free of checkerboards (Odena et al. 2016), against
DCGAN's discriminator; after belkhir-nacim/ensta_ia321_image_generation."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from common.specs.networks import NetworkShape, UpsamplingSpec, resolutions
from torch_impl.networks.dcgan import Discriminator, Project
from torch_impl.networks.normalization import NORMS

__all__ = ["Discriminator", "Generator", "Upsample"]


class Upsample(nn.Module):
    """Doubles the map: nearest neighbour, 3x3 convolution, batch norm, ReLU."""

    def __init__(self, before: int, after: int, spec: UpsamplingSpec) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm = NORMS["batch"](after, spec.normalization)

    def forward(self, maps: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(functional.interpolate(maps, scale_factor=2))))


class Generator(nn.Module):
    """Noise, and in conditional networks class weights beside it, to images: (n, channels, size, size) in -1..1."""

    def __init__(self, spec: UpsamplingSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes = resolutions(shape.image_size)
        widths = spec.widths(shape.image_size)
        given = shape.classes if spec.conditional else 0
        self.project = Project(spec.latent_size + given, widths[4], spec)
        self.body = nn.Sequential(
            OrderedDict((f"up_{size}", Upsample(widths[size // 2], widths[size], spec)) for size in sizes[1:])
        )
        self.to_image = nn.Conv2d(widths[sizes[-1]], shape.channels, 3, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = latents if labels is None else torch.cat([latents, labels], dim=1)
        return functional.tanh(self.to_image(self.body(self.project(inputs))))
