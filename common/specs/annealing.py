"""What changes while a model trains: values that glide from the model's own to final ones."""

from __future__ import annotations

from pydantic import Field

from common.specs.base import Float32, Spec


class Annealing(Spec):
    """Final values of a training, reached along half a cosine (Huang et al. 2025, appendix; as in the authors' code).

    None: the model's own value stays.

    Attributes:
        learning_rate: of both optimisers.
        beta_2: of both, which are Adam then.
        r1: weight of that part of the objective.
        r2: weight of that part.
        averages_longer: whether the averaged generator's half-life grows from 0 to that of `ema_decay`.
    """

    learning_rate: Float32 | None = Field(None, gt=0)
    beta_2: Float32 | None = Field(None, ge=0, lt=1)
    r1: Float32 | None = Field(None, gt=0)
    r2: Float32 | None = Field(None, gt=0)
    averages_longer: bool = False
