"""How far twins drift apart: the difference of what two engines draw from the same noise, early in the training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.colors import PowerNorm
from numpy.typing import NDArray

from benchmarks.pictures.style import new_figure, save_figure, styled
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.course import iterations_by_epoch
from benchmarks.results.records import Record
from common.array_files import map_images
from common.images import grid

# what is shown if there are samples of then; else what is nearest to it
_ITERATIONS = (0, 1, 10, 100)
_IMAGES = 8
# grey levels from which on a difference is shown as large
_LARGE = 64


@dataclass(frozen=True)
class Difference:
    """Of the same noise in two engines after `iterations`: (n, h, w) largest difference over the channels."""

    iterations: int
    levels: NDArray[np.int64]


def differences(one: tuple[Record, CellFolder], other: tuple[Record, CellFolder]) -> list[Difference]:
    """The differences after about 0, 1, 10 and 100 iterations and at the end, as far as both have samples of then."""
    ends = iterations_by_epoch(one[0])
    mine, theirs = one[1].progress_files(), other[1].progress_files()
    common = [epoch for epoch in mine if epoch in theirs and epoch in ends]
    if not common:
        return []
    chosen = {min((abs(ends[epoch] - wanted), epoch) for epoch in common)[1] for wanted in _ITERATIONS}
    found = []
    for epoch in sorted(chosen | {common[-1]}):
        a, b = (map_images(files[epoch])[:_IMAGES].astype(np.int64) for files in (mine, theirs))
        if a.shape != b.shape:
            return []  # one of them is of another training
        found.append(Difference(ends[epoch], np.abs(a - b).max(axis=-1)))
    return found


def save_differences(stem: Path, rows: Sequence[Difference], title: str) -> list[Path]:
    """Write a row of difference images per moment, with the largest and the mean difference beside it."""
    with styled():
        figure = new_figure(7.4, 0.9 + 0.75 * len(rows))
        scale = PowerNorm(0.5, vmin=0, vmax=_LARGE)  # a single grey level is to be seen
        panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
        for axes, row in zip(panels, rows, strict=True):
            shown = np.minimum(row.levels, _LARGE).astype(np.uint8)[..., None]
            picture = np.ma.masked_greater(grid(shown, _IMAGES)[..., 0], _LARGE)  # what lies between images is blank
            image = axes.imshow(picture, cmap="cividis", norm=scale, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_frame_on(False)
            when = f"{row.iterations} iteration{'' if row.iterations == 1 else 's'}"
            told = f"{when}\nlargest {row.levels.max()}\nmean {row.levels.mean():.2g}"
            axes.set_ylabel(told, rotation=0, ha="right", va="center", fontsize=8)
        figure.colorbar(image, ax=list(panels), label="grey levels", extend="max", shrink=0.8)
        figure.suptitle(title)
        return save_figure(figure, stem)
