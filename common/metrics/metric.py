"""What a metric is: everything a plug-in needs to add one.

class Grid(Spec):                     # what only this metric has in its protocol
    cells: int

def brightness(generated, real, settings):
    return {"brightness": Measured(float(generated.images.mean()), Grid(cells=1))}

METRICS = (Metric("brightness", {"brightness": "Brightness"}, True, "a mean", brightness, through_extractor=False),)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from common.metrics.conditions import SEED
from common.metrics.evidence import ImageSet
from common.specs.base import Spec


@dataclass(frozen=True)
class Settings:
    """What may be chosen for all metrics: neighbours (None: each metric's own number), and the seed of all draws."""

    k: int | None = None
    seed: int = SEED


class NoConditions(Spec):
    """The protocol of a metric that has no conditions of its own."""


@dataclass(frozen=True)
class Measured:
    """One number, the conditions that only this metric has, and what else is worth knowing about it."""

    value: float
    protocol: Spec = field(default_factory=NoConditions)
    extra: Mapping[str, Any] = field(default_factory=dict)


Compute = Callable[[ImageSet, ImageSet, Settings], Mapping[str, Measured]]


@dataclass(frozen=True)
class Metric:
    """One family of scores.

    Attributes:
        name: what it is asked for by.
        scores: score name -> the name to print; all are computed together.
        higher_is_better: for all of them.
        source: the paper.
        compute: (generated, real, settings) -> score name -> Measured.
        through_extractor: whether the numbers depend on the extractor, whose name is then printed with them.
        needs_labels: the class of each sample. needs_real_labels: the class of each real image.
        needs_label_logits: an extractor whose classes are the labels' own.
    """

    name: str
    scores: Mapping[str, str]
    higher_is_better: bool
    source: str
    compute: Compute
    through_extractor: bool = True
    needs_labels: bool = False
    needs_real_labels: bool = False
    needs_label_logits: bool = False

    def lacks(self, generated: ImageSet, real: ImageSet) -> str | None:
        """Why these images cannot have the scores, in one sentence; None if they can."""
        names = ", ".join(self.scores.values())
        if self.needs_labels and generated.labels is None:
            return f"{names}: the class of each sample is not known."
        if self.needs_real_labels and real.labels is None:
            return f"{names}: the class of each real image is not known."
        if self.needs_label_logits and not generated.logits_are_labels:
            return f"{names}: this needs an extractor whose classes are the labels' own (mnistnet for digits)."
        return None
