"""The losses of all contenders on one plot: every seed pale, their mean strong, epochs on the axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.style import NARROW, WIDE, look, new_figure, save_figure, styled
from benchmarks.results.records import Training

_MOST_POINTS = 400
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
    if len(curves) > 1:
        for epochs, values in curves:
            axes.plot(epochs, values, **{**kind, "linewidth": 0.7}, alpha=0.3)
    if curves:
        length = min(len(values) for _, values in curves)
        mean = np.mean([values[:length] for _, values in curves], axis=0)
        axes.plot(curves[0][0][:length], mean, **kind, label=label)


def _curve(training: Training, name: str) -> tuple[Floats, Floats]:
    """Epochs and moving average of one loss, thinned out to what a plot shows."""
    data = np.asarray(training.losses[name], dtype=np.float64)
    clocked = training.clocks.epochs if training.clocks else []
    lengths = [epoch.iterations or training.iterations_per_epoch for epoch in clocked]
    epochs = epochs_at(len(data), lengths or [training.iterations_per_epoch])
    smooth, middle = moving_average(data, max(1, len(data) // 40))
    step = -(-len(smooth) // _MOST_POINTS)
    return epochs[middle][::step], smooth[::step]


def epochs_at(iterations: int, epoch_lengths: list[int]) -> Floats:
    """How many epochs have passed after iteration 1, 2, ... `iterations`; iterations beyond `epoch_lengths` belong to
    epochs like the last."""
    lengths = list(epoch_lengths)
    beyond = iterations - sum(lengths)
    lengths += [lengths[-1]] * max(0, -(-beyond // lengths[-1]))
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.interp(np.arange(iterations) + 1, ends, np.arange(len(ends)))


def moving_average(data: Floats, window: int) -> tuple[Floats, slice]:
    """Hann-weighted means over `window` neighbours, and the slice of `data` that they stand in the middle of."""
    window = min(window, max(1, len(data)))
    weights = np.hanning(window + 2)[1:-1]
    means = np.convolve(data, weights / weights.sum(), mode="valid")
    begin = window // 2
    return means, slice(begin, begin + len(means))
