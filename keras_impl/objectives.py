"""What the networks minimise: adversarial losses on logits, slope penalties and drift, each term by its name."""

from collections.abc import Callable, Mapping
from typing import assert_never

from keras import ops

from common.specs.objectives import (
    BinaryCrossEntropy,
    Hinge,
    LeastSquares,
    Objective,
    ObjectiveSpec,
    Relativistic,
    Wasserstein,
)
from keras_impl.backends import Tensor, backend

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
        terms["drift"] = spec.drift * ops.mean(ops.square(real))
    return terms


def generator_loss(spec: ObjectiveSpec, fake: Tensor, real: Tensor | None) -> Tensor:
    """What the generator minimises, from the discriminator's logits (n,) on its images.

    `real` are the logits of the real images that they are paired with; None where `spec.pairs` is False.
    """
    match spec:
        case BinaryCrossEntropy():
            return _cross_entropy(fake, spec.generator_target)
        case LeastSquares():
            return 0.5 * ops.mean(ops.square(fake - spec.generator_target))
        case Wasserstein() | Hinge():
            return -ops.mean(fake)
        case Relativistic():
            assert real is not None
            return _cross_entropy(fake - real, 1.0)
        case _:
            assert_never(spec)


def gradient_penalty(spec: Objective, critic: Critic, real: Tensor, fake: Tensor, mixing: Tensor) -> Tensor:
    """Gulrajani et al. 2017, Algorithm 1, line 7: the critic's slope on lines between real and fake should be 1.

    Args:
        critic: images -> logits.
        real: real images, (n, height, width, channels).
        fake: generated images of the same shape, without their generator's graph.
        mixing: weights in 0..1, (n,), one per pair.

    Returns:
        the weighted penalty, a scalar. The norm is sqrt(sum + 1e-12): its derivative is finite at 0.
    """
    weight = ops.reshape(mixing, (-1, 1, 1, 1))
    mixed = weight * real + (1.0 - weight) * fake
    slope = backend.input_gradient(critic, mixed)
    norm = ops.sqrt(ops.sum(ops.square(slope), axis=(1, 2, 3)) + 1e-12)
    return spec.gradient_penalty * ops.mean(ops.square(norm - 1.0))


def _judged(critic: Critic, images: Tensor, sloped: bool) -> tuple[Tensor, Tensor | None]:
    """The logits on `images` and, if `sloped`, the mean of the squared slope there."""
    if not sloped:
        return critic(images), None
    logits, slope = backend.value_and_input_gradient(critic, images)
    return logits, ops.mean(ops.sum(ops.square(slope), axis=(1, 2, 3)))


def _adversarial_terms(spec: ObjectiveSpec, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    match spec:
        case BinaryCrossEntropy():
            return {
                "real": _cross_entropy(real, spec.real_target),
                "fake": _cross_entropy(fake, spec.fake_target),
            }
        case LeastSquares():
            return {
                "real": 0.5 * ops.mean(ops.square(real - spec.real_target)),
                "fake": 0.5 * ops.mean(ops.square(fake - spec.fake_target)),
            }
        case Wasserstein():
            return {"real": -ops.mean(real), "fake": ops.mean(fake)}
        case Hinge():
            return {
                "real": ops.mean(ops.relu(spec.margin - real)),
                "fake": ops.mean(ops.relu(spec.margin + fake)),
            }
        case Relativistic():
            return {"pairs": _cross_entropy(real - fake, 1.0)}
        case _:
            assert_never(spec)


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    # by hand: on some backends ops.binary_crossentropy goes through a clipped sigmoid; (x + |x|) / 2 instead of relu,
    # whose slope at a logit of exactly 0 is 0 and would make the whole gradient wrong there
    size = ops.absolute(logits)
    return ops.mean(0.5 * (logits + size) - target * logits + ops.log1p(ops.exp(-size)))
