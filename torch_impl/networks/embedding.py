"""Conditional networks by embedding: the class is a map of its own beside the projected noise and beside the image.

After the conditional GAN of hseghetto/PICME, whose flat concatenation gave noise the upper half of the map and the
class the lower; here each has its own channels. The bodies are DCGAN's.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import EmbeddingSpec, NetworkShape, resolutions
from torch_impl.networks.conditioning import LabelMap
from torch_impl.networks.dcgan import Down, Project, Up, downs, ups
from torch_impl.networks.maps import to_vector
from torch_impl.networks.spectral import critic_dense


class Generator(nn.Module):
    """Noise and class weights to images: (n, latent_size), (n, classes) -> (n, channels, size, size) in -1..1.

    Half of the channels of the 4x4 map come from the noise, half from the class.
    """

    def __init__(self, spec: EmbeddingSpec, shape: NetworkShape) -> None:
        super().__init__()
        sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        self.project = Project(spec.latent_size, widths[4] // 2, **spec.normalization.model_dump())
        self.label_map = LabelMap(shape.classes, spec.embedding_size, 4, widths[4] // 2)
        self.body = ups(Up, sizes[1:-1], spec, shape.image_size)
        self.to_image = nn.ConvTranspose2d(widths[sizes[-2]], shape.channels, 4, stride=2, padding=1)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        maps = torch.cat([self.project(latents), self.label_map(labels)], dim=1)
        return F.tanh(self.to_image(self.body(maps)))


class Discriminator(nn.Module):
    """Images and class weights to logits: (n, channels, size, size), (n, classes) -> (n,)."""

    def __init__(self, spec: EmbeddingSpec, shape: NetworkShape) -> None:
        super().__init__()
        first, *rest = resolutions(shape.image_size)[-2::-1]
        widths, constants = spec.widths(shape.image_size), spec.normalization.model_dump()
        self.label_map = LabelMap(shape.classes, spec.embedding_size, shape.image_size, 1)
        self.from_image = Down(shape.channels + 1, widths[first], spec.first_critic_norm, spec.leaky_slope, **constants)
        self.body = downs(rest, spec, shape.image_size)
        self.score = critic_dense(spec.critic_norm, 4 * 4 * widths[4], 1)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        inputs = torch.cat([images, self.label_map(labels)], dim=1)
        maps = self.body(self.from_image(inputs))
        return self.score(to_vector(maps)).squeeze(1)
