"""The metrics by name: how each is printed, which way is better, where it comes from, and what it needs.

An entry computes one or more scores from a generated and a real `ImageSet`. A new metric is a module with a pure
function on arrays, a few lines in `families.py` and one entry here; or a plug-in that lists it in METRICS.
"""

from __future__ import annotations

from collections.abc import Sequence

from common.errors import unknown_name
from common.metrics import families
from common.metrics.metric import Metric
from common.registry import Registry

METRICS = Registry(
    "metric",
    "metrics",
    Metric,
    (
        Metric(
            "inception_score",
            {"inception_score": "Inception Score"},
            True,
            "Salimans et al. 2016, arXiv 1606.03498",
            families.inception,
        ),
        Metric("fid", {"fid": "FID"}, False, "Heusel et al. 2017, arXiv 1706.08500", families.frechet),
        Metric(
            "fid_infinity",
            {"fid_infinity": "FID-infinity"},
            False,
            "Chong and Forsyth 2020, arXiv 1911.07023",
            families.frechet_infinity,
        ),
        Metric("kid", {"kid": "KID"}, False, "Binkowski et al. 2018, arXiv 1801.01401", families.kernel_distance),
        Metric(
            "manifold",
            {"precision": "Precision", "recall": "Recall", "density": "Density", "coverage": "Coverage"},
            True,
            "Kynkaanniemi et al. 2019, arXiv 1904.06991; Naeem et al. 2020, arXiv 2002.09797",
            families.manifolds,
        ),
        Metric(
            "label_agreement",
            {"label_agreement": "Label agreement"},
            True,
            "cf. Ravuri and Vinyals 2019, arXiv 1905.10887",
            families.label_agreement,
            needs_labels=True,
            needs_label_logits=True,
        ),
        Metric(
            "intra_class_fid",
            {"intra_class_fid": "Intra-class FID"},
            False,
            "Miyato and Koyama 2018, arXiv 1802.05637",
            families.intra_class,
            needs_labels=True,
            needs_real_labels=True,
        ),
        Metric(
            "class_manifold",
            {"class_precision": "Per-class precision", "class_recall": "Per-class recall"},
            True,
            "Kynkaanniemi et al. 2019, arXiv 1904.06991, class by class",
            families.class_manifolds,
            needs_labels=True,
            needs_real_labels=True,
        ),
        Metric(
            "distinct",
            {"distinct": "Distinct samples"},
            True,
            "a count",
            families.distinct,
            through_extractor=False,
        ),
        Metric(
            "nearest_training",
            {"nearest_training": "Nearest-neighbour ratio"},
            True,
            "cf. Alaa et al. 2022, arXiv 2102.08921",
            families.nearest_training,
        ),
    ),
)


def score_names() -> list[str]:
    """Every score there is, in the order of printing."""
    return [name for metric in METRICS.values() for name in metric.scores]


def metrics_for(names: Sequence[str]) -> list[Metric]:
    """The metrics that give the named scores ("fid", "recall") or are named themselves ("manifold"), each once.

    Raises:
        BadInput: a name that is neither, with the nearest match.
    """
    chosen: dict[str, Metric] = {}
    for name in names:
        found = next((metric for key, metric in METRICS.items() if name == key or name in metric.scores), None)
        if found is None:
            raise unknown_name("metric", name, {*METRICS, *score_names()})
        chosen[found.name] = found
    return list(chosen.values())
