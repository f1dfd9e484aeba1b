"""The map of ratios: a row for each race, a column for each contender, faster and slower in two colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.colors import LinearSegmentedColormap, Normalize

from benchmarks.pictures.forest import Ratio
from benchmarks.pictures.style import BLUE, INK, VERMILION, new_figure, save_figure, styled

_COLOURS = LinearSegmentedColormap.from_list("faster-slower", [BLUE, "#FFFFFF", VERMILION])
# a time of a half or the double has the full colour
_FULL = math.log(2.0)
# from so much of it on, white letters are read better
_DARK = 0.75


def save_heat(stem: Path, ratios: Sequence[Ratio], title: str, axis: str) -> list[Path]:
    """Write the map; a ratio whose verdict is not decided stands in brackets, a pair that did not race is left blank.

    Args:
        stem: the files' path without its ending.
        ratios: means over races stand at the top.
        title, axis: of the figure, and what the ratio is.
    """
    ordered = sorted(ratios, key=lambda each: not each.mean)
    rows = list(dict.fromkeys("mean" if each.mean else each.label for each in ordered))
    columns = list(dict.fromkeys(each.contender for each in ratios))
    with styled():
        figure = new_figure(2.6 + 0.86 * len(columns), 1.7 + 0.24 * len(rows))
        axes = figure.subplots()
        for ratio in ordered:
            _draw(axes, columns.index(ratio.contender), rows.index("mean" if ratio.mean else ratio.label), ratio)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xticks(range(len(columns)), [name.replace(" ", "\n") for name in columns])
        axes.set_yticks(range(len(rows)), rows)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_xlabel(f"{axis}; in brackets: not decided")
        axes.set_title(title)
        return save_figure(figure, stem)


def _draw(axes: Any, column: int, row: int, ratio: Ratio) -> None:
    share = Normalize(-_FULL, _FULL, clip=True)(math.log(ratio.value))
    color = _COLOURS(share)
    axes.fill_between([column - 0.5, column + 0.5], row - 0.5, row + 0.5, color=color, linewidth=0)
    text = f"{ratio.value:.2f}" if ratio.decided else f"({ratio.value:.2f})"
    dark = abs(2.0 * float(share) - 1.0) > _DARK
    weight = "bold" if ratio.mean else "normal"
    axes.text(column, row, text, ha="center", va="center", color="white" if dark else INK, weight=weight)
