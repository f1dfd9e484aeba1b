"""What the networks minimise: adversarial losses on logits, gradient penalty and drift, each term by its name."""

from collections.abc import Callable
from typing import assert_never

from keras import ops

from common.specs.objectives import BinaryCrossEntropy, Hinge, LeastSquares, Objective, ObjectiveSpec, Wasserstein
from keras_impl.backends import Tensor, backend

Critic = Callable[[Tensor], Tensor]


def discriminator_terms(spec: ObjectiveSpec, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """The terms that the discriminator minimises, from its logits (n,) on real and on generated images."""
    terms = _adversarial_terms(spec, real, fake)
    if spec.drift:
        terms["drift"] = spec.drift * ops.mean(ops.square(real))
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
            return 0.5 * ops.mean(ops.square(fake - spec.generator_target))
        case Wasserstein() | Hinge():
            return -ops.mean(fake)
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
    slope = backend.input_gradient(lambda images: ops.sum(critic(images)), mixed)
    norm = ops.sqrt(ops.sum(ops.square(slope), axis=(1, 2, 3)) + 1e-12)
    return spec.gradient_penalty * ops.mean(ops.square(norm - 1.0))


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
        case _:
            assert_never(spec)


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    # by hand: on some backends ops.binary_crossentropy goes through a clipped sigmoid; (x + |x|) / 2 instead of relu,
    # whose slope at a logit of exactly 0 is 0 and would make the whole gradient wrong there
    size = ops.absolute(logits)
    return ops.mean(0.5 * (logits + size) - target * logits + ops.log1p(ops.exp(-size)))
