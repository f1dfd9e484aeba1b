"""Verdicts in words: one sentence for each quantity of an engine, over all models, before any number."""

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
    models what, and in the mean over all of them."""
    means = {(row["quantity"], row["engine"]): row for row in rows if row["model"].startswith("all ")}
    single = [row for row in rows if not row["model"].startswith("all ") and row["main"]]
    texts = []
    for quantity, engine in dict.fromkeys((row["quantity"], row["engine"]) for row in single):
        own = [row for row in single if (row["quantity"], row["engine"]) == (quantity, engine)]
        groups: dict[str, list[str]] = {}
        for row in own:
            groups.setdefault(_group(row["verdict"]), []).append(row["model"])
        told = "; ".join(f"{verdict} {_on(models, len(own))}" for verdict, models in groups.items())
        if (mean := means.get((quantity, engine))) is not None:
            told += f"; in the mean over {mean['model']} models {_group(mean['verdict'])}"
        name = quantity_name(quantity)
        texts.append(f"{name[0].upper()}{name[1:]}, {engine} against {own[0]['against']}: {told}.")
    return texts


def _group(verdict: str) -> str:
    """Verdicts that are told together: how many seeds would decide is each model's own."""
    return "no verdict (too few seeds)" if verdict.endswith("no verdict") else verdict.partition(" (")[0]


def _on(models: list[str], every: int) -> str:
    counts = {model: models.count(model) for model in models}
    names = [model if count == 1 else f"{model} ({count} settings)" for model, count in counts.items()]
    if len(models) == len(names) == every > 2:
        return f"on all {len(names)} models"
    return f"on {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else f"on {names[0]}"
