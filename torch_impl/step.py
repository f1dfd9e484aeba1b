"""One training iteration in PyTorch: gradients by autograd, nothing computed that no update needs.

The discriminator update builds no graph through the generator, the generator update no gradients of discriminator
weights, and where there is one critic update per generator update both use the same fakes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common.specs.models import ModelSpec
from torch_impl.networks.spectral import power_iteration
from torch_impl.objectives import generator_loss, image_terms

Gradients = tuple[Tensor, ...]
# what a network gets beside noise or images: class weights `labels`, (n, classes), and the newest block's `alpha`, ()
Given = dict[str, Tensor]


class Networks(NamedTuple):
    """The two networks as modules and, beside them, what is called where a step is compiled: see `compiled`."""

    generator: nn.Module
    discriminator: nn.Module
    generate: Callable[..., Tensor]
    discriminate: Callable[..., Tensor]
    critic_gradients: Callable[..., tuple[Tensor, dict[str, Tensor], Gradients]]
    fooling_slope: Callable[..., tuple[Tensor, Tensor]]

    @classmethod
    def of(cls, generator: nn.Module, discriminator: nn.Module, compiled: Callable[[Any], Any]) -> "Networks":
        """The networks, with all that computes them and their gradients in the form that `compiled` gives it."""
        pieces = (generator, discriminator, critic_gradients, fooling_slope)
        return cls(generator, discriminator, *map(compiled, pieces))


@contextmanager
def in_mode(training: bool, *networks: nn.Module) -> Iterator[None]:
    """Within it the networks are in training or inference mode, afterwards in training mode, whatever happened."""
    try:
        for network in networks:
            network.train(training)
        yield
    finally:
        for network in networks:
            network.train()


def normalize(images: Tensor, dtype: torch.dtype, resolution: int) -> Tensor:
    """uint8 NHWC -> -1..1 in NCHW, without moving memory; larger images are reduced by exact 2x2 means."""
    scaled = (images.to(dtype) / 127.5 - 1.0).permute(0, 3, 1, 2)
    factor = scaled.shape[-1] // resolution
    return F.avg_pool2d(scaled, factor) if factor > 1 else scaled


def trained_parameters(network: nn.Module, model: ModelSpec) -> list[nn.Parameter]:
    """The parameters in use: all of them, but for the levels that a growing network has not reached or has left."""
    return list(network.active_parameters() if model.network.grows else network.parameters())


def discriminator_gradients(
    networks: Networks, model: ModelSpec, real: Tensor, fake: Tensor, mixing: Tensor, given: Given, annealed: Given
) -> tuple[Tensor, dict[str, Tensor], Gradients]:
    """The discriminator's loss, the terms it is the sum of, and its gradient for each of the trained parameters.

    Where the discriminator has spectral normalisation, a step of power iteration comes first.

    Args:
        real: (n, channels, height, width).
        fake: generated images of that shape, detached from the generator.
        mixing: (n,), used by a gradient penalty only.
        given: what the networks get beside images, the same for reals and fakes.
        annealed: weights of R1 and R2, (), where they are not the objective's own.
    """
    # images whose slope is derived enter as leaves: torch before 2.14 makes none within what is compiled
    leaves = real.detach().requires_grad_(), fake.detach().requires_grad_()
    return networks.critic_gradients(networks.discriminator, model, *leaves, mixing, given, annealed)


def critic_gradients(
    critic: nn.Module, model: ModelSpec, real: Tensor, fake: Tensor, mixing: Tensor, given: Given, annealed: Given
) -> tuple[Tensor, dict[str, Tensor], Gradients]:
    """What `discriminator_gradients` says, as one program: networks, losses, penalty and its second derivatives."""
    power_iteration(critic)
    terms = image_terms(model.objective, lambda images: critic(images, **given), real, fake, mixing, annealed)
    total = torch.stack(list(terms.values())).sum()
    gradients = torch.autograd.grad(total, trained_parameters(critic, model))
    return total.detach(), {name: term.detach() for name, term in terms.items()}, gradients


def generator_gradients(
    networks: Networks, model: ModelSpec, real: Tensor | None, fake: Tensor, given: Given
) -> tuple[Tensor, Gradients]:
    """The generator's loss on `fake`, which still carries its graph, and the gradient for each trained parameter.

    The loss is derived for the images first, so autograd skips the discriminator's weights. `real` are the images that
    the fakes are compared with; None where they are not.
    """
    leaf = fake.detach().requires_grad_()
    loss, slope = networks.fooling_slope(networks.discriminator, model, real, leaf, given)
    return loss, torch.autograd.grad(fake, trained_parameters(networks.generator, model), slope)


def fooling_slope(
    critic: nn.Module, model: ModelSpec, real: Tensor | None, leaf: Tensor, given: Given
) -> tuple[Tensor, Tensor]:
    """The generator's loss on images that are a leaf, and its gradient at them."""
    loss = generator_loss(model.objective, critic(leaf, **given), None if real is None else critic(real, **given))
    (slope,) = torch.autograd.grad(loss, leaf)
    return loss.detach(), slope
