"""The networks in PyTorch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.networks import NetworkShape
from tinygan.spec import TinySpec


class Generator(nn.Module):
    """Noise to images: (n, latent_size) -> (n, channels, size, size) in -1..1."""

    def __init__(self, spec: TinySpec, shape: NetworkShape) -> None:
        super().__init__()
        self.hidden = nn.Linear(spec.latent_size, spec.hidden)
        self.pixels = nn.Linear(spec.hidden, shape.image_size**2 * shape.channels)
        self.sides, self.leaky_slope = (shape.image_size, shape.image_size, shape.channels), spec.leaky_slope

    def forward(self, latents: Tensor) -> Tensor:
        pixels = self.pixels(F.leaky_relu(self.hidden(latents), self.leaky_slope))
        return torch.tanh(pixels).unflatten(1, self.sides).permute(0, 3, 1, 2)


class Discriminator(nn.Module):
    """Images to logits: (n, channels, size, size) -> (n,)."""

    def __init__(self, spec: TinySpec, shape: NetworkShape) -> None:
        super().__init__()
        self.hidden = nn.Linear(shape.image_size**2 * shape.channels, spec.hidden)
        self.score = nn.Linear(spec.hidden, 1)
        self.leaky_slope = spec.leaky_slope

    def forward(self, images: Tensor) -> Tensor:
        hidden = F.leaky_relu(self.hidden(images.permute(0, 2, 3, 1).flatten(1)), self.leaky_slope)
        return self.score(hidden).squeeze(1)
