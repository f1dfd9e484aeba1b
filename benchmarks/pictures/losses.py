"""The losses of all contenders on one plot: every seed pale, their mean strong, epochs on the axis.

Of many seeds a band shows the least and the largest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.style import NARROW, WIDE, look, new_figure, save_figure, styled
from benchmarks.results.records import Training

_MOST_POINTS = 400
_FURTHEST = 1e30
# more seeds than this are shown as a band
MOST_CURVES = 20
Floats = NDArray[np.float64]


def save_losses(stem: Path, trainings: Mapping[str, Sequence[Training]], title: str) -> list[Path]:
    """Write a plot with one panel per loss and one colour per contender; values that are not finite are gaps.

    Args:
        stem: the files' path without its ending.
        trainings: the trainings of each contender, one per seed, that have losses.
        title: of the figure.
    """
    every = [training for each in trainings.values() for training in each]
    names = list(dict.fromkeys(name for training in every for name in training.losses))
    with styled():
        figure = new_figure(4.2 * len(names) + 0.4, 3.2)
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for axes, name in zip(panels, names, strict=True):
            for place, (contender, seeds) in enumerate(trainings.items()):
                curves = [_curve(training, name) for training in seeds if training.losses.get(name)]
                kind = {**look(contender, list(trainings)), "marker": "", "linewidth": NARROW if place else WIDE}
                _draw(axes, curves, kind, contender)
            axes.set(xlabel="epoch", title=name)
            axes.margins(x=0)
        panels[0].set_ylabel("loss, moving average")
        figure.suptitle(title)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        return save_figure(figure, stem)


def _draw(axes: Any, curves: list[tuple[Floats, Floats]], kind: dict[str, Any], label: str) -> None:
    if 1 < len(curves) <= MOST_CURVES:
        for epochs, values in curves:
            axes.plot(epochs, values, **{**kind, "linewidth": 0.7}, alpha=0.3)
    if curves:
        length = min(len(values) for _, values in curves)
        every, epochs = np.array([values[:length] for _, values in curves]), curves[0][0][:length]
        if len(curves) > MOST_CURVES:
            ends = every.min(axis=0), every.max(axis=0)
            axes.fill_between(epochs, *ends, color=kind["color"], alpha=0.15, linewidth=0)
        axes.plot(epochs, every.mean(axis=0), **kind, label=label)


def _curve(training: Training, name: str) -> tuple[Floats, Floats]:
    """Epochs and moving average of one loss, thinned out to what a plot shows."""
    data = drawable(training.losses[name])
    clocked = training.clocks.epochs if training.clocks else []
    lengths = [epoch.iterations or training.iterations_per_epoch for epoch in clocked]
    epochs = _epochs_at(len(data), tuple(lengths or [training.iterations_per_epoch]))
    smooth, middle = moving_average(data, max(1, len(data) // 40))
    step = -(-len(smooth) // _MOST_POINTS)
    return epochs[middle][::step], smooth[::step]


@lru_cache(maxsize=64)  # the seeds of a training have the same
def _epochs_at(iterations: int, epoch_lengths: tuple[int, ...]) -> Floats:
    return epochs_at(iterations, list(epoch_lengths))


@lru_cache(maxsize=64)
def _weights(window: int) -> Floats:
    weights = np.hanning(window + 2)[1:-1]
    return weights / weights.sum()


def epochs_at(iterations: int, epoch_lengths: list[int]) -> Floats:
    """How many epochs have passed after iteration 1, 2, ... `iterations`; iterations beyond `epoch_lengths` belong to
    epochs like the last."""
    lengths = list(epoch_lengths)
    beyond = iterations - sum(lengths)
    lengths += [lengths[-1]] * max(0, -(-beyond // lengths[-1]))
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.interp(np.arange(iterations) + 1, ends, np.arange(len(ends)))


def drawable(values: Sequence[float]) -> Floats:
    """The values, (n,), with gaps (NaN) for those that no axis can hold: infinite ones and those beyond 1e30."""
    data = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(data) < _FURTHEST, data, np.nan)


def moving_average(data: Floats, window: int) -> tuple[Floats, slice]:
    """Hann-weighted means over `window` neighbours, and the slice of `data` that they stand in the middle of."""
    window = min(window, max(1, len(data)))
    means = np.convolve(data, _weights(window), mode="valid")
    begin = window // 2
    return means, slice(begin, begin + len(means))
