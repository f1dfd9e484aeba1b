"""The loss plot: every iteration pale, a moving average over it strong, epochs on the axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from common.files import atomic_write

# one colour per network in every plot (Okabe and Ito's palette, which colour-blind readers can tell apart)
COLORS = {"discriminator": "#D55E00", "generator": "#0072B2"}
_OTHER = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MOST_POINTS = 4000


def save_loss_plot(path: Path, losses: dict[str, list[float]], epoch_lengths: list[int], title: str) -> None:
    """Write a PNG of all `losses` (one value per iteration, by name); values that are not finite are gaps.

    `epoch_lengths` are the iterations of each epoch; iterations beyond them belong to epochs like the last.
    """
    figure = Figure(figsize=(8, 4.2), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    for index, (name, values) in enumerate(losses.items()):
        color = COLORS.get(name, _OTHER[index % len(_OTHER)])
        data = np.asarray(values, dtype=np.float64)
        epochs = epochs_at(len(data), epoch_lengths)
        step = max(1, len(data) // _MOST_POINTS)
        axes.plot(epochs[::step], data[::step], color=color, alpha=0.22, linewidth=0.8)
        smooth, middle = moving_average(data, max(1, len(data) // 40))
        axes.plot(epochs[middle], smooth, color=color, linewidth=1.8, label=name)
    axes.set(xlabel="epoch", ylabel="loss", title=title)
    axes.set_xlim(0, epochs_at(max(len(values) for values in losses.values()), epoch_lengths)[-1])
    axes.grid(alpha=0.25)
    axes.legend(title="moving average", frameon=False)
    with atomic_write(path) as handle:
        figure.savefig(handle, format="png")


def epochs_at(iterations: int, epoch_lengths: list[int]) -> NDArray[np.float64]:
    """How many epochs have passed after iteration 1, 2, ... `iterations`."""
    lengths = list(epoch_lengths)
    while sum(lengths) < iterations:
        lengths.append(lengths[-1])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.interp(np.arange(iterations) + 1, ends, np.arange(len(ends)))


def moving_average(data: NDArray[np.float64], window: int) -> tuple[NDArray[np.float64], slice]:
    """Hann-weighted means over `window` neighbours, and the slice of `data` that they stand in the middle of."""
    window = min(window, max(1, len(data)))
    weights = np.hanning(window + 2)[1:-1]
    means = np.convolve(data, weights / weights.sum(), mode="valid")
    begin = window // 2
    return means, slice(begin, begin + len(means))
