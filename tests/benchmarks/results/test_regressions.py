"""Regressions: which rows of a comparison say that a later run is slower or worse, and which only look like it."""

from __future__ import annotations

from benchmarks.results.regressions import regressions
from benchmarks.results.rows import Row

_CELL = {"model": "dcgan", "dataset": "mnist-5k", "engine": "torch eager", "variant": "", "margin": 0.05}


def cell(verdict: str, value: float | None, form: str = "ratio", **changes: object) -> Row:
    quantity = "epoch_time" if form == "ratio" else "FID (mnistnet)"
    return {**_CELL, "quantity": quantity, "form": form, "value": value, "verdict": verdict, **changes}


def test_slower_and_worse_beyond_the_margin_are_named() -> None:
    rows = [
        cell("slower", 1.2, variant="network.width=8"),
        cell("worse", 3.14159, "difference", margin=2.0),
        cell("worse", -0.2, "difference", margin=None, quantity="Precision (mnistnet)"),
    ]
    race = {"model": "wgan", "dataset": "mnist", "contender": "keras-tf graph", "change": 1.07, "margin": 0.05}
    assert regressions(rows, [{**race, "verdict": "slower"}]) == [
        "wgan on mnist, keras-tf graph: 1.07 times as long in races",
        "dcgan on mnist-5k, torch eager (network.width=8): epoch time 1.2 times as long",
        "dcgan on mnist-5k, torch eager: FID (mnistnet) 3.14 more",
        "dcgan on mnist-5k, torch eager: Precision (mnistnet) 0.2 less",
    ]


def test_what_is_better_small_or_not_proven_is_none() -> None:
    rows = [
        cell("faster", 0.5),
        cell("better", -9.0, "difference"),
        cell("slower", 1.04),  # certain, and less than what matters
        cell("worse", 1.9, "difference", margin=2.0),
        cell("not decided (about 12 seeds would)", 1.5),
        cell("equivalent within 5 %", 1.01),
        cell("not reached by 1 of 3", None),
    ]
    assert regressions(rows) == []
