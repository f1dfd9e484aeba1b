"""`ganbench list`: what can be asked for by name, and who brought it."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.results.rows import Row
from benchmarks.running.engines import missing_packages
from common.errors import unknown_name
from common.metrics.catalogue import METRICS
from common.specs.datasets import DATASETS
from common.specs.engines import ENGINES
from common.specs.models import MODELS


def listed(what: str) -> list[Row]:
    """One row per entry of the registry `what`: "models", "datasets", "metrics" or "engines".

    Raises:
        BadInput: there is no such registry, or a plug-in cannot be used.
    """
    if what not in _LISTS:
        raise unknown_name("list", what, _LISTS)
    return _LISTS[what]()


def _models() -> list[Row]:
    return [
        {
            "name": spec.name,
            "network": spec.network.family,
            "objective": spec.objective.kind,
            "optimizer": spec.optimizer.kind,
            "n_critic": spec.n_critic,
            "conditional": spec.network.conditional,
            "source": spec.source,
            "from": MODELS.origin(spec.name),
        }
        for spec in MODELS.values()
    ]


def _datasets() -> list[Row]:
    return [
        {
            "name": spec.name,
            "title": spec.title,
            "size": spec.image_size,
            "channels": spec.channels,
            "classes": spec.n_classes,
            "extractor": spec.extractor,
            "from": DATASETS.origin(spec.name),
        }
        for spec in DATASETS.values()
    ]


def _metrics() -> list[Row]:
    return [
        {
            "name": metric.name,
            "scores": ", ".join(metric.scores),
            "better": "higher" if metric.higher_is_better else "lower",
            "source": metric.source,
            "from": METRICS.origin(metric.name),
        }
        for metric in METRICS.values()
    ]


def _engines() -> list[Row]:
    return [
        {
            "name": spec.name,
            "executions": ", ".join(spec.executions),
            "precisions": ", ".join(spec.precisions),
            "tiers": ", ".join(f"{tier} = {rest}" for tier, rest in spec.tiers.items()),
            "packages": ", ".join(spec.packages),
            "installed": not missing_packages(spec),
            "from": ENGINES.origin(spec.name),
        }
        for spec in ENGINES.values()
    ]


_LISTS: dict[str, Callable[[], list[Row]]] = {
    "models": _models,
    "datasets": _datasets,
    "metrics": _metrics,
    "engines": _engines,
}
