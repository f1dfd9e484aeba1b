"""Verdicts in words: a sentence for what is to be told of an engine, over all models, before any number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from benchmarks.results.quantities import EPOCH_TIME
from benchmarks.results.rows import Row

Tone = Literal["below", "above", "equal", "open"]
# the first word of a verdict: on which side of the neutral value the engine is, or whether nothing is proven
_TONES: dict[str, Tone] = {
    "faster": "below",
    "better": "below",
    "slower": "above",
    "worse": "above",
    "equivalent": "equal",
}


def tone(verdict: str) -> Tone:
    """What is proven: "below" (faster, better), "above" (slower, worse), "equal", or "open" if nothing is."""
    return _TONES.get(verdict.split(" ")[0], "open")


def quantity_name(quantity: str) -> str:
    """As people call it."""
    return "time of an epoch" if quantity == EPOCH_TIME else quantity


def sentences(rows: Sequence[Row]) -> list[str]:
    """What came out, from rows of a comparison: "Time of an epoch, keras-tf graph against torch eager: ...", on which
    models what, and in the mean over all of them. Scores by one extractor of which the same is to be told share one."""
    means = {(row["quantity"], row["engine"]): row for row in rows if row["model"].startswith("all ")}
    single = [row for row in rows if not row["model"].startswith("all ") and row["main"]]
    alike: dict[tuple[str, str, str], list[str]] = {}
    for quantity, engine in dict.fromkeys((row["quantity"], row["engine"]) for row in single):
        own = [row for row in single if (row["quantity"], row["engine"]) == (quantity, engine)]
        told = f"{engine} against {own[0]['against']}: {_told(own, means.get((quantity, engine)))}."
        name, bracket, extractor = quantity_name(quantity).partition(" (")
        alone = "" if extractor else name  # each time has a sentence of its own
        alike.setdefault((alone, bracket + extractor, told), []).append(name)
    texts = [f"{_listed(names)}{by}, {told}" for (_, by, told), names in alike.items()]
    return [f"{text[0].upper()}{text[1:]}" for text in texts]


def _told(own: list[Row], mean: Row | None) -> str:
    """Of one quantity and engine: on which models what."""
    groups: dict[str, list[str]] = {}
    for row in own:
        groups.setdefault(_group(row["verdict"]), []).append(row["model"])
    told = "; ".join(f"{verdict} {_on(models, len(own))}" for verdict, models in groups.items())
    if mean is None:
        return told
    return f"{told}; in the mean over {mean['model']} {mean['replicate']}s {_group(mean['verdict'])}"


def _group(verdict: str) -> str:
    """Verdicts that are told together: how many seeds would decide is each model's own."""
    return "no verdict (too few seeds)" if verdict.endswith("no verdict") else verdict.partition(" (")[0]


def _on(models: list[str], every: int) -> str:
    counts = {model: models.count(model) for model in models}
    names = [model if count == 1 else f"{model} ({count} settings)" for model, count in counts.items()]
    if len(models) == len(names) == every > 2:
        return f"on all {len(names)} models"
    return f"on {_listed(names)}"


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
