"""A generator of nearest-neighbour up-sampling and convolutions, free of checkerboards (Odena et al. 2016), against
DCGAN's discriminator; after belkhir-nacim/ensta_ia321_image_generation."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import NetworkShape, UpsamplingSpec, resolutions
from torch_impl.networks.dcgan import Discriminator, Project, ups
from torch_impl.networks.maps import double
from torch_impl.networks.normalization import NORMS

__all__ = ["Discriminator", "Generator", "Upsample"]


class Upsample(nn.Module):
    """Doubles the map: nearest neighbour, 3x3 convolution, batch norm, ReLU."""

    def __init__(self, before: int, after: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm = NORMS["batch"](after, momentum, epsilon)

    def forward(self, maps: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(double(maps))), inplace=True)


class Generator(nn.Module):
    """Noise, and in conditional networks class weights beside it, to images: (n, channels, size, size) in -1..1."""

    def __init__(self, spec: UpsamplingSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        given = shape.classes if spec.conditional else 0
        self.project = Project(spec.latent_size + given, widths[4], **spec.normalization.model_dump())
        self.body = ups(Upsample, sizes[1:], spec, shape.image_size)
        self.to_image = nn.Conv2d(widths[sizes[-1]], shape.channels, 3, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        inputs = latents if labels is None else torch.cat([latents, labels], dim=1)
        return F.tanh(self.to_image(self.body(self.project(inputs))))
