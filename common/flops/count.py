"""The floating point operations (FLOPs) of a training iteration.

Counted are the products, which are nearly all of it: convolutions and dense layers, in the forward passes, the
gradients at inputs, the gradients of weights, and the penalty's second derivatives; 2 FLOPs for a multiplication and
its addition, padding included. Not counted is what is pointwise (activations, normalisations, optimisers, averages,
losses, up- and down-sampling), nor what is done to weights alone (spectral normalisation). What cannot be other than
zero is not counted, either, whether or not a framework computes it: this is what the model needs, not what an engine
does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.flops import families  # noqa: F401  (registers our families)
from common.flops.layers import Layer, layers
from common.specs.models import ModelSpec
from common.specs.networks import NetworkShape
from common.specs.phases import Phase


@dataclass(frozen=True)
class Flops:
    """FLOPs of `phase`: of one image through the generator, of one through the discriminator, and of one iteration with
    all its images: n_critic discriminator updates and a generator update."""

    generator: int
    discriminator: int
    iteration: int


def count_flops(model: ModelSpec, shape: NetworkShape, phase: Phase) -> Flops | None:
    """The FLOPs of `model` on data of `shape`; None where its family does not tell its layers."""
    found = layers(model.network, shape, phase)
    if found is None:
        return None
    critic = found.discriminator
    made, judged = forward(found.generator), forward(critic)
    critic_update = 2 * (judged + backward(critic))
    for penalty in model.objective.penalties:
        critic_update += slope(critic) + through_slope(critic)
        if penalty == "gradient_penalty":  # at images of its own; R1's and R2's are judged already
            critic_update += judged + backward(layer for layer in critic if layer.before_curve)
    generator_update = backward(found.generator) + judged + slope(critic)
    if model.objective.pairs:
        generator_update += judged
    # where there is one discriminator update, both updates share its fakes
    draws = 1 if model.n_critic == 1 else model.n_critic + 1
    each = draws * made + model.n_critic * critic_update + generator_update
    return Flops(made, judged, phase.batch_size * each)


def forward(network: Iterable[Layer]) -> int:
    """FLOPs of a forward pass, for one image."""
    return sum(layer.flops for layer in network)


def backward(network: Iterable[Layer]) -> int:
    """FLOPs of a network's gradients: of each layer's weights and, where weights come before it, at its input."""
    return sum(layer.flops * (1 + layer.after_weights) for layer in network)


def slope(critic: Iterable[Layer]) -> int:
    """FLOPs of a discriminator's gradient at an image, without any of weights."""
    return sum(layer.flops for layer in critic if layer.after_image)


def through_slope(critic: tuple[Layer, ...]) -> int:
    """FLOPs of the weights' gradients of a function of the slope, beyond the slope itself.

    The slope is a product of all layers' weights, so each layer on the image's way has two gradients: of its weights,
    and at the gradient that entered it from above, but for the last layer, which a constant enters. Where the layers
    are not piecewise linear, the slope depends on what the forward pass computed as well, and a gradient goes back
    through that, too: a pass of its own, unless the images' logits have one anyway.
    """
    way = [layer for layer in critic if layer.after_image]
    return 2 * forward(way) - critic[-1].flops
