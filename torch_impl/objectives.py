"""What the networks minimise: adversarial losses on logits, slope penalties and drift, each term by its name."""

from collections.abc import Callable, Mapping
from typing import assert_never

import torch
import torch.nn.functional as F
from torch import Tensor

from common.specs.objectives import (
    BinaryCrossEntropy,
    Hinge,
    LeastSquares,
    Objective,
    ObjectiveSpec,
    Relativistic,
    Wasserstein,
)

Critic = Callable[[Tensor], Tensor]


def image_terms(
    spec: ObjectiveSpec, critic: Critic, real: Tensor, fake: Tensor, mixing: Tensor, annealed: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Every term that the discriminator minimises, from images; arguments as `gradient_penalty`.

    `annealed` may have weights of R1 and R2 in place of the spec's (Mescheder et al. 2018, equation 9).
    """
    of_real, r1 = _judged(critic, real, spec.r1 > 0)
    of_fake, r2 = _judged(critic, fake, spec.r2 > 0)
    terms = discriminator_terms(spec, of_real, of_fake)
    if spec.gradient_penalty:
        terms["penalty"] = gradient_penalty(spec, critic, real, fake, mixing)
    for name, slope, weight in (("r1", r1, spec.r1), ("r2", r2, spec.r2)):
        if slope is not None:
            terms[name] = 0.5 * annealed.get(name, weight) * slope
    return terms


def discriminator_terms(spec: ObjectiveSpec, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """The terms that are made from the discriminator's logits (n,) on real and on generated images."""
    terms = _adversarial_terms(spec, real, fake)
    if spec.drift:
        terms["drift"] = spec.drift * real.square().mean()
    return terms


def generator_loss(spec: ObjectiveSpec, fake: Tensor, real: Tensor | None) -> Tensor:
    """What the generator minimises, from the discriminator's logits (n,) on its images.

    `real` are the logits of the real images that they are paired with; None where `spec.pairs` is False.
    """
    match spec:
        case BinaryCrossEntropy():
            return _cross_entropy(fake, spec.generator_target)
        case LeastSquares():
            return 0.5 * (fake - spec.generator_target).square().mean()
        case Wasserstein() | Hinge():
            return -fake.mean()
        case Relativistic():
            assert real is not None
            return _cross_entropy(fake - real, 1.0)
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


def _judged(critic: Critic, images: Tensor, sloped: bool) -> tuple[Tensor, Tensor | None]:
    """The logits on `images` and, if `sloped`, the mean of the squared slope there."""
    if not sloped:
        return critic(images), None
    leaf = images if images.requires_grad else images.detach().requires_grad_()
    logits = critic(leaf)
    (slope,) = torch.autograd.grad(logits.sum(), leaf, create_graph=True)
    return logits, slope.square().flatten(1).sum(1).mean()


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
        case Relativistic():
            return {"pairs": _cross_entropy(real - fake, 1.0)}
        case _:
            assert_never(spec)


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    # not softplus(x) - target * x: torch's softplus turns linear above 20, an error of 2e-9
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
