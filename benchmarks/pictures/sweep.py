"""Ratios of a swept race against batch size or width: where frameworks' overhead stops to matter.

Work per step grows along the axis and a framework's own time does not, so that curves which run into the band around 1
say from where on it no longer matters.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.pictures.style import look, new_figure, save_figure, styled
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import file_name

# what may be swept, and what the axis says
AXES = {"batch_size": "batch size", "width": "network width"}


def save_sweeps(folder: Path, rows: list[Row], margin: float) -> list[Path]:
    """Draw every model and data set whose batch size or width takes several values, each as .svg and .png.

    Args:
        folder: where the files go.
        rows: of races: model, dataset, contender, control, ratio, low, high, batch_size, width.
        margin: within which contenders count as equal.

    Returns:
        the files' paths without their endings.
    """
    races = [row for row in rows if row["batch_size"] is not None and not row["control"]]
    stems = []
    for model, dataset in dict.fromkeys((row["model"], row["dataset"]) for row in races):
        own = [row for row in races if (row["model"], row["dataset"]) == (model, dataset)]
        for field in AXES:
            if len(_values(own, field)) > 1:
                stems.append(folder / file_name(f"sweep-{model}-{dataset}-{field}"))
                with styled():
                    save_figure(sweep_figure(own, field, margin, f"{model} on {dataset}"), stems[-1])
    return stems


def sweep_figure(rows: list[Row], field: str, margin: float, title: str) -> Figure:
    """The ratios of `rows` over `field`, one line per contender, one panel per value of the other field."""
    (other,) = AXES.keys() - {field}
    panels = _values(rows, other) or [None]
    names = list(dict.fromkeys(row["contender"] for row in rows))
    columns = 3 if len(panels) > 1 else 2  # of the legend: names are up to 1.9 inches long
    lines = max(2, math.ceil(len(names) / columns))
    figure = new_figure(max(4.9, 0.9 + 3.1 * len(panels)), 3.7 + 0.2 * (lines - 2))
    every = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, value in zip(every, panels, strict=True):
        axes.axhspan(1.0 / (1.0 + margin), 1.0 + margin, color="#999999", alpha=0.22, linewidth=0)
        for name in names:
            own = [row for row in rows if row[other] == value and row["contender"] == name]
            _line(axes, own, field, name, look(name, names))
        if len(panels) > 1:
            axes.set_title(f"{AXES[other]} {value}")
        axes.set_xscale("log", base=2)
        axes.set_xticks(_values(rows, field), [str(each) for each in _values(rows, field)])
        axes.set_xlabel(AXES[field])
    every[0].set_ylabel("time over the reference's")
    figure.suptitle(f"{title}; grey: equal within {100 * margin:g} %")
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)
    return figure


def _line(axes: Axes, rows: list[Row], field: str, name: str, kind: dict[str, Any]) -> None:
    """One contender; intervals as bars, the reference without any."""
    known = sorted((row for row in rows if row["ratio"] is not None), key=lambda row: row[field])
    ratios = [row["ratio"] for row in known]
    below = [row["ratio"] - (row["low"] or row["ratio"]) for row in known]
    above = [(row["high"] or row["ratio"]) - row["ratio"] for row in known]
    places = [row[field] for row in known]
    axes.errorbar(places, ratios, [below, above], label=name, markersize=4.5, capsize=3, **kind)


def _values(rows: list[Row], field: str) -> list[Any]:
    return sorted({row[field] for row in rows if row[field] is not None})
