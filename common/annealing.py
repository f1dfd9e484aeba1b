"""The values of one iteration that a model's annealing changes, the same for every engine."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from common.specs.models import ModelSpec


def annealed(model: ModelSpec, progress: float) -> dict[str, NDArray[np.float32]]:
    """Learning rate, beta_2, weights of R1 and R2 and the decay of the average, by name, as far as they are annealed.

    Args:
        progress: the share of the training's iterations that are done, 0 .. 1.

    Returns:
        float32 scalars; the generator's average is the generator itself where its decay is 0.
    """
    share = 0.5 * (1.0 - math.cos(math.pi * progress))
    values = {}
    for name, part in (
        ("learning_rate", "optimizer"),
        ("beta_2", "optimizer"),
        ("r1", "objective"),
        ("r2", "objective"),
    ):
        if (final := getattr(model.annealing, name)) is not None:
            start = getattr(getattr(model, part), name)
            values[name] = start + share * (final - start)
    if model.annealing.averages_longer and model.ema_decay is not None:
        # a half-life of share * h iterations, where decay**h is one half
        values["ema_decay"] = model.ema_decay ** (1.0 / share) if share > 0 else 0.0
    return {name: np.array(value, dtype=np.float32) for name, value in values.items()}
