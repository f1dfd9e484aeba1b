"""Losses of all engines on one plot: the same batches and noise, so curves that part show what rounding does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from benchmarks.pictures.losses import epochs_at, moving_average
from benchmarks.results.records import Record
from benchmarks.site.svg import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, rendered, style

_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
_DASHES = ("-", "--", ":", "-.")
_WINDOWS = 40
_MOST_POINTS = 300


def loss_plot(name: str, records: Sequence[Record], title: str) -> str:
    """Moving averages, a panel for each loss, a line for each engine, as an <svg> element; empty without losses."""
    trained = [(record, record.training) for record in records if record.training and record.training.losses]
    names = list(dict.fromkeys(loss for _, training in trained for loss in training.losses))
    if not names:
        return ""
    with style(name):
        figure = Figure(figsize=(9, 3.2), layout="constrained")
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for panel, loss in zip(panels, names, strict=True):
            for index, (record, training) in enumerate(trained):
                data = np.asarray(training.losses.get(loss, []), dtype=np.float64)
                if not len(data):
                    continue
                clocks = training.clocks.epochs if training.clocks else []
                lengths = [epoch.iterations or training.iterations_per_epoch for epoch in clocks]
                epochs = epochs_at(len(data), lengths or [training.iterations_per_epoch])
                smooth, middle = moving_average(data, max(1, len(data) // _WINDOWS))
                step = max(1, len(smooth) // _MOST_POINTS)
                panel.plot(epochs[middle][::step], smooth[::step], _DASHES[index % 4],
                           color=_COLORS[index % len(_COLORS)], linewidth=1.6, label=record.cell.contender)  # fmt: skip
            panel.set(title=loss, xlabel="epoch")
            panel.grid(alpha=0.15)
        panels[0].legend(frameon=False)
        engines = ", ".join(record.cell.contender for record, _ in trained)
        return rendered(figure, f"Losses of {title}: {', '.join(names)}, a line each for {engines}.")
