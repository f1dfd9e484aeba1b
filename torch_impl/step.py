"""One training iteration in PyTorch: gradients by autograd, nothing computed that no update needs.

The discriminator update builds no graph through the generator, the generator update no gradients of discriminator
weights, and where there is one critic update per generator update both use the same fakes.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from common.specs.models import ModelSpec
from common.specs.objectives import Wasserstein
from torch_impl.objectives import discriminator_terms, generator_loss, gradient_penalty

Gradients = tuple[Tensor, ...]


class Networks(NamedTuple):
    """The two networks as modules and, beside them, what is called in their stead where they are compiled."""

    generator: nn.Module
    discriminator: nn.Module
    generate: nn.Module
    discriminate: nn.Module


def normalize(images: Tensor, dtype: torch.dtype) -> Tensor:
    """uint8 NHWC -> -1..1 in NCHW, without moving memory."""
    return (images.to(dtype) / 127.5 - 1.0).permute(0, 3, 1, 2)


def discriminator_gradients(
    networks: Networks, model: ModelSpec, real: Tensor, fake: Tensor, mixing: Tensor
) -> tuple[dict[str, Tensor], Gradients]:
    """The discriminator's loss terms and the gradient of their sum for each of its parameters.

    Args:
        real: (n, channels, height, width).
        fake: generated images of that shape, detached from the generator.
        mixing: (n,), used by a gradient penalty only.
    """
    objective = model.objective
    terms = discriminator_terms(objective, networks.discriminate(real), networks.discriminate(fake))
    if isinstance(objective, Wasserstein) and objective.gradient_penalty:
        # the module itself, not its compiled form: torch.compile has no second derivatives
        terms["penalty"] = gradient_penalty(objective, networks.discriminator, real, fake, mixing)
    gradients = torch.autograd.grad(torch.stack(list(terms.values())).sum(), list(networks.discriminator.parameters()))
    return terms, gradients


def generator_gradients(networks: Networks, model: ModelSpec, fake: Tensor) -> tuple[Tensor, Gradients]:
    """The generator's loss on `fake`, which still carries its graph, and the gradient for each parameter.

    The loss is derived for the images first, so autograd skips the discriminator's weights.
    """
    leaf = fake.detach().requires_grad_()
    loss = generator_loss(model.objective, networks.discriminate(leaf))
    (slope,) = torch.autograd.grad(loss, leaf)
    return loss, torch.autograd.grad(fake, list(networks.generator.parameters()), slope)
