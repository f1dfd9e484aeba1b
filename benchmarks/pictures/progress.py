"""How scores move while a model is trained: against epochs, and against the seconds of training they took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pictures.losses import MOST_CURVES
from benchmarks.pictures.style import INK, NARROW, WIDE, look, new_figure, save_figure, styled
from benchmarks.results.course import seconds_by_epoch
from benchmarks.results.records import Record


def save_progress(stem: Path, contenders: Mapping[str, Sequence[Record]], score: str, title: str) -> list[Path]:
    """Write a plot of `score` against epoch and against seconds; every seed pale if they are few, their mean strong.

    Seconds are those of training and of waiting for data; scoring, sampling and compilation are no part of them. Where
    none of the trainings was timed there is no plot against them.

    Args:
        stem: the files' path without its ending.
        contenders: the records of each contender, one per seed, with a history.
        score: the name of the score, as in the records.
        title: of the figure.
    """
    shown = next(record.metrics[score] for each in contenders.values() for record in each if score in record.metrics)
    curves = {name: [_curve(record, score) for record in each if record.history] for name, each in contenders.items()}
    timed = not all(math.isnan(seconds) for each in curves.values() for curve in each for seconds in curve[1])
    panels = [("epoch", 0), ("seconds of training", 1)] if timed else [("epoch", 0)]
    with styled():
        figure = new_figure(8.6 if timed else 4.9, 3.4)
        every = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (label, index) in zip(every, panels, strict=True):
            for place, (contender, own) in enumerate(curves.items()):
                kind = {**look(contender, list(contenders)), "linewidth": NARROW if place else WIDE}
                _draw(axes, [(curve[index], curve[2]) for curve in own], kind, contender)
            axes.set_xlabel(label)
            if shown.floor is not None:
                axes.axhline(shown.floor, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        every[0].set_ylabel(f"{shown.display_name}\n({'higher' if shown.higher_is_better else 'lower'} is better)")
        figure.suptitle(title)
        figure.legend(*every[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        return save_figure(figure, stem)


def _draw(axes: Any, curves: list[tuple[list[float], list[float]]], kind: dict[str, Any], label: str) -> None:
    if 1 < len(curves) <= MOST_CURVES:
        for places, values in curves:
            axes.plot(places, values, **{**kind, "marker": "", "linewidth": 0.7}, alpha=0.3)
    same = {len(values) for _, values in curves}
    if len(same) == 1 and same != {0}:
        places, values = (np.mean([curve[i] for curve in curves], axis=0) for i in (0, 1))
        axes.plot(places, values, **kind, markersize=4, label=label)


def _curve(record: Record, score: str) -> tuple[list[float], list[float], list[float]]:
    """Epochs, seconds until their ends, and values."""
    known = [each for each in record.history if score in each.scores]
    ends = seconds_by_epoch(record)
    return (
        [float(each.epoch) for each in known],
        [ends.get(each.epoch, float("nan")) for each in known],
        [each.scores[score] for each in known],
    )
