"""What the networks minimise: adversarial losses on logits, gradient penalty and drift, each term by its name."""

from collections.abc import Callable
from typing import assert_never

import torch
import torch.nn.functional as F
from torch import Tensor

from common.specs.objectives import BinaryCrossEntropy, Hinge, LeastSquares, Objective, ObjectiveSpec, Wasserstein

Critic = Callable[[Tensor], Tensor]


def discriminator_terms(spec: ObjectiveSpec, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """The terms that the discriminator minimises, from its logits (n,) on real and on generated images."""
    terms = _adversarial_terms(spec, real, fake)
    if spec.drift:
        terms["drift"] = spec.drift * real.square().mean()
    return terms


def slope_terms(spec: Objective, critic: Critic, real: Tensor, fake: Tensor, mixing: Tensor) -> dict[str, Tensor]:
    """The terms that the discriminator minimises as well, from its slope at images; arguments as `gradient_penalty`."""
    terms = {}
    if spec.gradient_penalty:
        terms["penalty"] = gradient_penalty(spec, critic, real, fake, mixing)
    return terms


def generator_loss(spec: ObjectiveSpec, fake: Tensor) -> Tensor:
    """What the generator minimises, from the discriminator's logits (n,) on its images."""
    match spec:
        case BinaryCrossEntropy():
            return _cross_entropy(fake, spec.generator_target)
        case LeastSquares():
            return 0.5 * (fake - spec.generator_target).square().mean()
        case Wasserstein() | Hinge():
            return -fake.mean()
        case _:
            assert_never(spec)


def gradient_penalty(spec: Objective, critic: Critic, real: Tensor, fake: Tensor, mixing: Tensor) -> Tensor:
    """Gulrajani et al. 2017, Algorithm 1, line 7: the critic's slope on lines between real and fake should be 1.

    Args:
        critic: images -> logits.
        real: real images, (n, channels, height, width).
        fake: generated images of the same shape, without their generator's graph.
        mixing: weights in 0..1, (n,), one per pair.

    Returns:
        the weighted penalty, a scalar. The norm is sqrt(sum + 1e-12): its derivative is finite at 0.
    """
    weight = mixing.view(-1, 1, 1, 1)
    mixed = weight * real + (1.0 - weight) * fake
    if not mixed.requires_grad:
        mixed.requires_grad_()
    (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    norm = (slope.square().flatten(1).sum(1) + 1e-12).sqrt()
    return spec.gradient_penalty * (norm - 1.0).square().mean()


def _adversarial_terms(spec: ObjectiveSpec, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    match spec:
        case BinaryCrossEntropy():
            return {
                "real": _cross_entropy(real, spec.real_target),
                "fake": _cross_entropy(fake, spec.fake_target),
            }
        case LeastSquares():
            return {
                "real": 0.5 * (real - spec.real_target).square().mean(),
                "fake": 0.5 * (fake - spec.fake_target).square().mean(),
            }
        case Wasserstein():
            return {"real": -real.mean(), "fake": fake.mean()}
        case Hinge():
            return {
                "real": F.relu(spec.margin - real).mean(),
                "fake": F.relu(spec.margin + fake).mean(),
            }
        case _:
            assert_never(spec)


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    # not softplus(x) - target * x: torch's softplus turns linear above 20, an error of 2e-9
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
