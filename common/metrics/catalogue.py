"""The metrics by name: how each is printed, which way is better, where it comes from, and how it is computed.

An entry computes one or more scores from a generated and a real `ImageSet`. A new metric is a module with a pure
function on arrays and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput, unknown_name
from common.metrics import (
    conditional,
    density_coverage,
    fid,
    fid_infinity,
    inception_score,
    kid,
    manifold,
    memorisation,
    precision_recall,
)
from common.metrics.evidence import ImageSet
from common.metrics.protocol import SEED


@dataclass(frozen=True)
class Settings:
    """The parameters that a protocol fixes: neighbours of precision and recall, and of density and coverage; splits of
    the Inception Score (None: by N); subsets of KID; seed of all draws."""

    k: int = precision_recall.K
    k_density_coverage: int = density_coverage.K
    splits: int | None = None
    kid_subsets: int = kid.SUBSETS
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
        through_extractor: whether the number depends on the extractor, whose name is then printed with it.
    """

    scores: Mapping[str, str]
    higher_is_better: bool
    source: str
    compute: Callable[[ImageSet, ImageSet, Settings], Mapping[str, Score]]
    through_extractor: bool = True


def _fid(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    distance = fid.fid(generated.gaussian, real.gaussian)
    terms = {"mean_term": distance.mean_term, "covariance_term": distance.covariance_term}
    return {"fid": Score(distance.value, {}, {**terms, "rank_deficient": distance.rank_deficient})}


def _inception_score(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = inception_score.inception_score(generated.logits, splits=settings.splits, seed=settings.seed)
    protocol = {"splits": result.splits, "seed": settings.seed if result.splits > 1 else None}
    return {"inception_score": Score(result.value, protocol, {"std": result.std})}


def _manifold(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = manifold.manifold_scores(real.features, generated.features, settings.k, settings.k_density_coverage)
    protocols = {"precision": settings.k, "recall": settings.k}
    return {
        name: Score(value, {"k": protocols.get(name, settings.k_density_coverage)}, {})
        for name, value in result._asdict().items()
    }


def _kid(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = kid.kid(generated.features, real.features, settings.kid_subsets, seed=settings.seed)
    protocol = {"subsets": result.subsets, "subset_size": result.subset_size, "seed": settings.seed}
    return {"kid": Score(result.value, protocol, {"std": result.std})}


def _fid_infinity(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = fid_infinity.fid_infinity(generated.features, real.gaussian, seed=settings.seed)
    points = {"counts": list(result.counts), "distances": list(result.distances)}
    fit = {"slope": result.slope, "r_squared": result.r_squared, "rank_deficient": result.rank_deficient}
    extra = {**fit, **points}
    return {"fid_infinity": Score(result.value, {"seed": settings.seed}, extra)}


def _agreement(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    if not generated.logits_are_labels:
        raise BadInput(
            "Label agreement needs an extractor whose classes are the labels' own (mnistnet for digits): "
            "leave label_agreement out or choose another --extractor."
        )
    result = conditional.label_agreement(generated.logits, _labels_of(generated, "samples"))
    return {"label_agreement": Score(result.value, {}, _classes(result))}


def _intra_class(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    own, theirs = _labels_of(generated, "samples"), _labels_of(real, "reference images")
    result = conditional.intra_class_fid(generated.features, own, real.features, theirs)
    return {"intra_class_fid": Score(result.value, {}, _classes(result))}


def _class_manifold(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    own, theirs = _labels_of(generated, "samples"), _labels_of(real, "reference images")
    both = conditional.intra_class_precision_recall(generated.features, own, real.features, theirs, settings.k)
    names = ("class_precision", "class_recall")
    return {
        name: Score(result.value, {"k": settings.k}, _classes(result)) for name, result in zip(names, both, strict=True)
    }


def _classes(result: conditional.PerClass) -> dict[str, dict[str, float]]:
    return {"classes": {str(label): value for label, value in result.classes.items()}}


def _distinct(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    return {"distinct": Score(float(memorisation.distinct(generated.images)), {}, {})}


def _nearest(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Score]:
    result = memorisation.nearest_training(generated.features, real.features)
    extra = {"copies": result.copies, "smallest_distance": float(result.distance.min())}
    return {"nearest_training": Score(result.value, {}, extra)}


def _labels_of(images: ImageSet, which: str) -> NDArray[np.int64]:
    if images.labels is None:
        raise BadInput(f"Scores of conditional models need the class of all {which}: pass labels, or leave them out.")
    return images.labels


METRICS: dict[str, Metric] = {
    "inception_score": Metric(
        {"inception_score": "Inception Score"}, True, "Salimans et al. 2016, arXiv 1606.03498", _inception_score
    ),
    "fid": Metric({"fid": "FID"}, False, "Heusel et al. 2017, arXiv 1706.08500", _fid),
    "fid_infinity": Metric(
        {"fid_infinity": "FID-infinity"}, False, "Chong and Forsyth 2020, arXiv 1911.07023", _fid_infinity
    ),
    "kid": Metric({"kid": "KID"}, False, "Binkowski et al. 2018, arXiv 1801.01401", _kid),
    "manifold": Metric(
        {"precision": "Precision", "recall": "Recall", "density": "Density", "coverage": "Coverage"},
        True,
        "Kynkaanniemi et al. 2019, arXiv 1904.06991; Naeem et al. 2020, arXiv 2002.09797",
        _manifold,
    ),
    "label_agreement": Metric(
        {"label_agreement": "Label agreement"}, True, "cf. Ravuri and Vinyals 2019, arXiv 1905.10887", _agreement
    ),
    "intra_class_fid": Metric(
        {"intra_class_fid": "Intra-class FID"}, False, "Miyato and Koyama 2018, arXiv 1802.05637", _intra_class
    ),
    "class_manifold": Metric(
        {"class_precision": "Per-class precision", "class_recall": "Per-class recall"},
        True,
        "Kynkaanniemi et al. 2019, arXiv 1904.06991, class by class",
        _class_manifold,
    ),
    "distinct": Metric({"distinct": "Distinct samples"}, True, "a count", _distinct, False),
    "nearest_training": Metric(
        {"nearest_training": "Nearest-neighbour ratio"}, True, "cf. Alaa et al. 2022, arXiv 2102.08921", _nearest
    ),
}
CONDITIONAL = ("label_agreement", "intra_class_fid", "class_manifold")


def score_names() -> list[str]:
    """Every score there is, in the order of printing."""
    return [name for metric in METRICS.values() for name in metric.scores]


def metrics_for(names: list[str] | tuple[str, ...]) -> list[Metric]:
    """The metrics that give the named scores ("fid", "recall") or are named themselves ("manifold").

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
