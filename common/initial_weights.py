"""Neutral initial weights: pure functions of (seed, parameter name), so that both frameworks start from equal numbers.

A parameter's role is the last part of its name, one of `ROLES`. Layouts are Keras': convolution (h, w, in, out),
transposed convolution (h, w, out, in), dense (in, out).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.specs.networks import Initialization
from common.streams import generator

Shapes = Mapping[str, tuple[int, ...]]


class Role(NamedTuple):
    """How weights of one role begin, N(mean, std), and whether they are learned or statistics of what went through.

    `std` names the field of `Initialization` that holds it; None: every weight begins at the mean. What is a direction
    is brought to length 1.
    """

    mean: float
    std: Literal["kernel_std", "scale_std"] | None = None
    is_statistic: bool = False
    is_direction: bool = False


ROLES = {
    "kernel": Role(0.0, "kernel_std"),
    "bias": Role(0.0),
    "scale": Role(1.0, "scale_std"),
    "offset": Role(0.0),
    "running_mean": Role(0.0, is_statistic=True),
    "running_variance": Role(1.0, is_statistic=True),
    # spectral normalisation; kernels are random, so one direction is as good as another
    "singular_vector": Role(1.0, is_statistic=True, is_direction=True),
    # style-based generators
    "constant": Role(1.0),
    "strength": Role(0.0),
    "w_average": Role(0.0, is_statistic=True),
    # generators that weight learned maps
    "basis": Role(0.0, "kernel_std"),
}


def role(name: str) -> Role:
    """The role of the weight with this neutral name.

    Raises:
        BadInput: its name ends in no known role.
    """
    last = name.rpartition(".")[2]
    if last not in ROLES:
        raise BadInput(f"The weight {name} has no known role: its name has to end in one of {', '.join(ROLES)}.")
    return ROLES[last]


def is_statistic(name: str) -> bool:
    """Whether the weight with this neutral name is a running statistic, which no optimiser updates."""
    return role(name).is_statistic


def initial_weights(shapes: Shapes, seed: int, rule: Initialization) -> dict[str, NDArray[np.float32]]:
    """Initial values of every parameter and running statistic.

    Args:
        shapes: neutral name -> shape, for trainable parameters and running statistics alike.
        seed: the cell's seed.
        rule: the standard deviations to draw with.

    The averaged generator (`generator_ema`) starts as the generator.

    Returns:
        neutral name -> float32 array of the given shape. A value depends on its own name, shape and seed only.

    Raises:
        BadInput: a name ends in no known role.
    """
    return {name: _draw(name, shapes, seed, rule) for name in shapes}


def _draw(name: str, shapes: Shapes, seed: int, rule: Initialization) -> NDArray[np.float32]:
    kind = role(name)
    std = rule.std(name, kind.std, shapes) if kind.std is not None else 0.0
    values = np.full(shapes[name], kind.mean)
    if std != 0.0:
        source = name.replace("generator_ema.", "generator.", 1)
        values = kind.mean + std * generator(seed, f"initial/{source}").standard_normal(shapes[name])
    return (values / np.linalg.norm(values) if kind.is_direction else values).astype(np.float32)
