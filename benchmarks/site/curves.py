"""Losses of all engines on one plot: the same batches and noise, so curves that part show what rounding does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from benchmarks.pictures.losses import drawable, epochs_at, moving_average
from benchmarks.pictures.style import look
from benchmarks.results.records import Record, Training
from benchmarks.site.svg import rendered, style

_DASHES = ("-", "--", ":", "-.")
_WINDOWS = 40
_MOST_POINTS = 300


@dataclass(frozen=True)
class Curves:
    """Lines over common `epochs`, one for each engine, of one loss; None where an engine has no value. Engines have the
    colours of the report's figures."""

    loss: str
    epochs: list[float]
    lines: dict[str, list[float | None]]
    colors: list[str]


def loss_curves(records: Sequence[Record]) -> list[Curves]:
    """Moving averages of every loss, at most 300 points of each engine; trainings are of one shape."""
    trained = {record.cell.contender: record.training for record in records if record.training}
    names = dict.fromkeys(loss for training in trained.values() for loss in training.losses)
    return [_curves(loss, trained) for loss in names]


def _curves(loss: str, trained: Mapping[str, Training]) -> Curves:
    found = {engine: training for engine, training in trained.items() if training.losses.get(loss)}
    longest = max(found.values(), key=lambda training: len(training.losses[loss]))
    count = len(longest.losses[loss])
    window = max(1, count // _WINDOWS)
    clocks = longest.clocks.epochs if longest.clocks else []
    lengths = [epoch.iterations or longest.iterations_per_epoch for epoch in clocks]
    epochs = epochs_at(count, lengths or [longest.iterations_per_epoch])[moving_average(np.zeros(count), window)[1]]
    step = -(-len(epochs) // _MOST_POINTS)
    lines = {}
    for engine, training in found.items():
        smooth = moving_average(drawable(training.losses[loss]), window)[0]
        values = [float(f"{value:.6g}") if np.isfinite(value) else None for value in smooth[::step]]
        lines[engine] = [*values, *[None] * len(epochs[::step])][: len(epochs[::step])]
    colors = [str(look(engine, list(trained))["color"]) for engine in lines]
    return Curves(loss, [round(float(epoch), 4) for epoch in epochs[::step]], lines, colors)


def loss_plot(name: str, curves: Sequence[Curves], title: str) -> str:
    """A panel for each loss, a line for each engine, as an <svg> element; empty without losses."""
    if not curves:
        return ""
    with style(name):
        figure = Figure(figsize=(9, 3.2), layout="constrained")
        panels = figure.subplots(1, len(curves), squeeze=False)[0]
        for panel, each in zip(panels, curves, strict=True):
            for index, (engine, values) in enumerate(each.lines.items()):
                data = np.array(values, dtype=np.float64)  # None becomes NaN, a gap
                kind = {"color": each.colors[index], "linewidth": 1.6, "linestyle": _DASHES[index % 4]}
                panel.plot(each.epochs, data, **kind, label=engine)
            panel.set(title=each.loss, xlabel="epoch")
            panel.grid(alpha=0.15)
        panels[0].legend(frameon=False)
        return rendered(figure, description(curves, title))


def description(curves: Sequence[Curves], title: str) -> str:
    """What a screen reader says."""
    engines = ", ".join(dict.fromkeys(engine for each in curves for engine in each.lines))
    return f"Losses of {title}: {', '.join(each.loss for each in curves)}, a line each for {engines}."
