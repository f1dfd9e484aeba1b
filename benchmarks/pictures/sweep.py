"""Ratios of a swept race against batch size or width: where frameworks' overhead stops to matter.

Work per step grows along the axis and a framework's own time does not, so that curves which run into the band around 1
say from where on it no longer matters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.pictures.figure import save_figure
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import file_name

# what may be swept, and what the axis says
AXES = {"batch_size": "batch size", "width": "network width"}
# Okabe and Ito's palette, which colour-blind readers can tell apart
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_PANEL = 3.3


def save_sweep_figures(folder: Path, rows: list[Row], margin: float) -> list[Path]:
    """Draw every model and data set whose batch size or width takes several values.

    Args:
        folder: where the files go.
        rows: of races: model, dataset, contender, control, ratio, low, high, batch_size, width.
        margin: within which contenders count as equal.

    Returns:
        the PNG of each figure; an SVG lies beside it.
    """
    races = [row for row in rows if row["batch_size"] is not None and not row["control"]]
    saved = []
    for model, dataset in dict.fromkeys((row["model"], row["dataset"]) for row in races):
        own = [row for row in races if (row["model"], row["dataset"]) == (model, dataset)]
        for field in AXES:
            if len(_values(own, field)) > 1:
                figure = sweep_figure(own, field, margin, f"{model} on {dataset}")
                saved.append(save_figure(figure, folder / file_name(f"sweep-{model}-{dataset}-{field}"))[1])
    return saved


def sweep_figure(rows: list[Row], field: str, margin: float, title: str) -> Figure:
    """The ratios of `rows` over `field`, one line per contender, one panel per value of the other field."""
    (other,) = AXES.keys() - {field}
    panels = _values(rows, other) or [None]
    figure = Figure(figsize=(0.9 + _PANEL * len(panels), 3.6), layout="constrained")
    every = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, value in zip(every, panels, strict=True):
        inside = [row for row in rows if row[other] == value]
        axes.axhspan(1.0 / (1.0 + margin), 1.0 + margin, color="0.9", zorder=0)
        for color, name in zip(_COLORS * 3, dict.fromkeys(row["contender"] for row in rows), strict=False):
            _line(axes, [row for row in inside if row["contender"] == name], field, name, color)
        if len(panels) > 1:
            axes.set_title(f"{AXES[other]} {value}", fontsize=10)
        axes.set_xscale("log", base=2)
        axes.set_xticks(_values(rows, field), [str(each) for each in _values(rows, field)])
        axes.set_xlabel(AXES[field])
        axes.grid(alpha=0.25)
    every[0].set_ylabel("time / reference's")
    figure.suptitle(f"{title}; grey: equal within {100 * margin:g} %", fontsize=11)
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _line(axes: Axes, rows: list[Row], field: str, name: str, color: str) -> None:
    """One contender; intervals as bars, the reference without any."""
    known = sorted((row for row in rows if row["ratio"] is not None), key=lambda row: row[field])
    ratios = [row["ratio"] for row in known]
    ends = [(row["low"] or row["ratio"], row["high"] or row["ratio"]) for row in known]
    reach = [[r - low for r, (low, _) in zip(ratios, ends, strict=True)],
             [high - r for r, (_, high) in zip(ratios, ends, strict=True)]]  # fmt: skip
    axes.errorbar([row[field] for row in known], ratios, reach, label=name, color=color, marker="o", ms=4, capsize=3)


def _values(rows: list[Row], field: str) -> list[Any]:
    return sorted({row[field] for row in rows if row[field] is not None})
