"""The forest plot: one ratio a row with its interval, against the line of "no difference" and the margin around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.pictures.style import INK, look, new_figure, save_figure, styled

# more rows nobody reads, and thousands are no picture
MOST_RATIOS = 40
# what is further away than this from 1 is a mistake, and would leave no room for anything else
_LEAST = 1e-3
# labels longer than this make the figure wider, by inches a letter, so that the axis keeps its width
_LETTERS, _LETTER = 36, 0.08
# ticks of a decade, by how wide an axis may be
_STEPS = {
    1.6: (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8),
    2.5: (0.6, 0.7, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8),
    float("inf"): (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
}


@dataclass(frozen=True)
class Ratio:
    """A row: what was compared, on which contender, and what came out; `mean` marks one over several models."""

    label: str
    contender: str
    value: float
    low: float | None
    high: float | None
    decided: bool
    mean: bool = False


def save_forest(stem: Path, ratios: Sequence[Ratio], margin: float, title: str, axis: str) -> list[Path]:
    """Write the plot; markers are filled where the verdict is decided, and white where it is not.

    Args:
        stem: the files' path without its ending.
        ratios: the rows, from top to bottom.
        margin: within 1 / (1 + margin) and 1 + margin ratios count as equal.
        title, axis: of the figure, and what the ratio is.
    """
    contenders = list(dict.fromkeys(ratio.contender for ratio in ratios))
    with styled():
        longest = max((len(ratio.label) + len(ratio.contender) for ratio in ratios), default=0)
        figure = new_figure(7.2 + _LETTER * max(0, longest - _LETTERS), 1.3 + 0.24 * len(ratios))
        axes = figure.subplots()
        axes.axvspan(1 / (1 + margin), 1 + margin, color="#999999", alpha=0.22, linewidth=0)
        axes.axvline(1.0, color=INK, linewidth=0.9)
        for place, ratio in enumerate(ratios):
            kind = look(ratio.contender, contenders)
            if ratio.low is not None and ratio.high is not None:
                line = kind["linestyle"]
                axes.plot([ratio.low, ratio.high], [place, place], color=kind["color"], linewidth=1.6, linestyle=line)
            axes.plot(
                [ratio.value],
                [place],
                marker=kind["marker"],
                markersize=8 if ratio.mean else 5.5,
                color=kind["color"],
                markerfacecolor=kind["color"] if ratio.decided else "white",
                linestyle="none",
            )
        axes.set_yticks(range(len(ratios)), [f"{each.label}   {each.contender}" for each in ratios])
        axes.set_ylim(len(ratios) - 0.4, -0.6)
        _log_axis(axes, ratios)
        axes.set_xlabel(f"{axis}\ngrey: equal within {100 * margin:g} %; white: not decided")
        axes.set_title(title)
        right = axes.secondary_yaxis("right")
        right.set_yticks(range(len(ratios)), [_text(each) for each in ratios])
        right.tick_params(length=0)
        right.spines["right"].set_visible(False)
        return save_figure(figure, stem)


def _log_axis(axes: Any, ratios: Sequence[Ratio]) -> None:
    ends = [end for each in ratios for end in (each.value, each.low, each.high) if end is not None]
    low, high = max(_LEAST, min([*ends, 0.9])), min(1.0 / _LEAST, max([*ends, 1.11]))
    axes.set_xscale("log")
    axes.set_xlim(low / 1.05, high * 1.05)
    steps = next(steps for widest, steps in _STEPS.items() if high / low <= widest)  # as many as do not touch
    axis = axes.xaxis
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _text(ratio: Ratio) -> str:
    ends = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.2f}, {ratio.high:.2f}]"
    return f"{ratio.value:.2f}{ends}"
