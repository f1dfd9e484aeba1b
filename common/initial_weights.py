"""Neutral initial weights: pure functions of (seed, parameter name), so that both frameworks start from equal numbers.

A parameter's role is the last part of its name: `kernel`, `bias`, `scale`, `offset`, `running_mean`,
`running_variance`, and in style-based generators `constant`, noise `strength` and `w_average`. Layouts are Keras':
convolution (h, w, in, out), transposed convolution (h, w, out, in), dense (in, out).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from common.specs.networks import Initialization
from common.streams import generator

Shapes = Mapping[str, tuple[int, ...]]


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
        KeyError: a name ends in no known role.
    """
    return {name: _draw(name, shape, seed, rule) for name, shape in shapes.items()}


def _draw(name: str, shape: tuple[int, ...], seed: int, rule: Initialization) -> NDArray[np.float32]:
    mean, std = {
        "constant": (1.0, 0.0),
        "strength": (0.0, 0.0),
        "w_average": (0.0, 0.0),
        "kernel": (0.0, rule.kernel_std),
        "bias": (0.0, 0.0),
        "scale": (1.0, rule.scale_std),
        "offset": (0.0, 0.0),
        "running_mean": (0.0, 0.0),
        "running_variance": (1.0, 0.0),
    }[name.rsplit(".", 1)[-1]]
    if std == 0.0:
        return np.full(shape, mean, dtype=np.float32)
    source = name.replace("generator_ema.", "generator.", 1)
    draws = generator(seed, f"initial/{source}").standard_normal(shape)
    return (mean + std * draws).astype(np.float32)
