"""The metrics by name: how each is printed, which way is better, where it comes from, and how it is computed.

An entry computes one or more scores from a generated and a real `ImageSet`. A new metric is a module with a pure
function on arrays and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import unknown_name
from common.metrics import fid, inception_score, precision_recall
from common.metrics.evidence import ImageSet
from common.metrics.protocol import SEED


@dataclass(frozen=True)
class Settings:
    """The parameters a protocol fixes: neighbours of precision / recall, splits (None: by N), seed of all draws."""

    k: int = precision_recall.K
    splits: int | None = None
    seed: int = SEED


@dataclass(frozen=True)
class Score:
    """One number, the protocol entries that only this metric has, and what else is worth knowing about it."""

    value: float
    protocol: Mapping[str, Any]
    extra: Mapping[str, Any]


@dataclass(frozen=True)
class Metric:
    """One family of scores.

    Attributes:
        scores: score name -> display name; all are computed together.
        higher_is_better: for all of them.
        source: the paper.
        compute: (generated, real, settings) -> score name -> Score.
    """

    scores: Mapping[str, str]
    higher_is_better: bool
    source: str
    compute: Callable[[ImageSet, ImageSet, Settings], Mapping[str, Score]]


def _fid(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    distance = fid.fid(generated.features, real.features)
    terms = {"mean_term": distance.mean_term, "covariance_term": distance.covariance_term}
    return {"fid": Score(distance.value, {}, {**terms, "rank_deficient": distance.rank_deficient})}


def _inception_score(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = inception_score.inception_score(generated.logits, splits=settings.splits, seed=settings.seed)
    protocol = {"splits": result.splits, "seed": settings.seed if result.splits > 1 else None}
    return {"inception_score": Score(result.value, protocol, {"std": result.std})}


def _precision_recall(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = precision_recall.precision_recall(real.features, generated.features, settings.k)
    protocol = {"k": settings.k}
    return {"precision": Score(result.precision, protocol, {}), "recall": Score(result.recall, protocol, {})}


METRICS: dict[str, Metric] = {
    "fid": Metric({"fid": "FID"}, False, "Heusel et al. 2017, arXiv 1706.08500", _fid),
    "inception_score": Metric(
        {"inception_score": "Inception Score"}, True, "Salimans et al. 2016, arXiv 1606.03498", _inception_score
    ),
    "precision_recall": Metric(
        {"precision": "Precision", "recall": "Recall"},
        True,
        "Kynkaanniemi et al. 2019, arXiv 1904.06991",
        _precision_recall,
    ),
}


def score_names() -> list[str]:
    """Every score there is, in the order of printing."""
    return [name for metric in METRICS.values() for name in metric.scores]


def metrics_for(names: list[str] | tuple[str, ...]) -> list[Metric]:
    """The metrics that give the named scores ("fid", "recall") or are named themselves ("precision_recall").

    Raises:
        BadInput: a name that is neither, with the nearest match.
    """
    chosen: dict[str, Metric] = {}
    for name in names:
        family = next((key for key, metric in METRICS.items() if name == key or name in metric.scores), None)
        if family is None:
            raise unknown_name("metric", name, {*METRICS, *score_names()})
        chosen[family] = METRICS[family]
    return list(chosen.values())
