"""What a network multiplies: its dense layers and convolutions, each as one number and what gradients do with it.

A family tells its layers by a function registered with `layers`; a plug-in's family does so in its spec's module:

    @layers.register
    def _(spec: TinySpec, shape: NetworkShape, phase: Phase) -> Layers: ...
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from common.specs.networks import NetworkShape, NetworkSpec
from common.specs.phases import Phase


@dataclass(frozen=True)
class Layer:
    """A dense layer or a convolution.

    Attributes:
        flops: of its forward pass for one image: a multiplication and an addition for each use of a weight.
        after_weights: its input depends on trained weights of the same network, so a gradient has to pass through it.
        after_image: its input depends on the image that a discriminator judges.
        before_curve: something behind it, or on its own output, is not piecewise linear (a normalisation, the
            minibatch deviation): a second derivative then reaches its output.
    """

    flops: int
    after_weights: bool = True
    after_image: bool = True
    before_curve: bool = False


@dataclass(frozen=True)
class Layers:
    """The layers that one phase of a model uses, in the order they are called; the discriminator's last makes the
    logit."""

    generator: tuple[Layer, ...]
    discriminator: tuple[Layer, ...]


@singledispatch
def layers(spec: NetworkSpec, shape: NetworkShape, phase: Phase) -> Layers | None:
    """The layers of the networks of `spec` for data of `shape` in `phase`; None: the family does not tell them."""
    return None


def dense(before: int, after: int) -> int:
    """FLOPs of a dense layer for one image; biases are not counted."""
    return 2 * before * after


def conv(before: int, after: int, kernel: int, side: int) -> int:
    """FLOPs of a convolution for one image, padding included.

    `side` is that of its output; of a transposed convolution, whose every input value meets the whole kernel, that of
    its input.
    """
    return 2 * before * after * kernel**2 * side**2
