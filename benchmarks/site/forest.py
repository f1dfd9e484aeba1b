"""The forest plot: ratios of time and their intervals on a logarithmic axis, coloured only where a verdict is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.pictures.style import BLUE, VERMILION
from benchmarks.site.svg import INK, rendered, style
from benchmarks.site.words import Tone, tone

# marker and colour by what is proven; hollow where nothing is
_MARKS: dict[Tone, tuple[str, str]] = {"below": ("<", BLUE), "above": (">", VERMILION), "equal": ("s", "#808080"),
                                       "open": ("o", "none")}  # fmt: skip

# what is further away than this from 1 is a mistake, and would leave no room for anything else
_LEAST = 1e-3
# an axis from end to end, above which the labels around 1 would run into each other
_CROWDED = 5


@dataclass(frozen=True)
class Ratio:
    """One line of the plot; `low` and `high` are None where there is no interval."""

    label: str
    value: float
    low: float | None
    high: float | None
    verdict: str


def forest_plot(name: str, ratios: Sequence[Ratio], margin: float, against: str) -> str:
    """The plot as an <svg> element; `margin` is shaded as what counts as equal. Empty without ratios."""
    if not ratios:
        return ""
    with style(name):
        figure = Figure(figsize=(8, 1.1 + 0.32 * len(ratios)), layout="constrained")
        axes = figure.add_subplot()
        axes.axvspan(1 / (1 + margin), 1 + margin, color="#808080", alpha=0.18, linewidth=0)
        axes.axvline(1.0, color=INK, linewidth=0.8)
        for place, ratio in enumerate(ratios):
            marker, color = _MARKS[tone(ratio.verdict)]
            line = INK if color == "none" else color
            if ratio.low is not None and ratio.high is not None:
                axes.plot([ratio.low, ratio.high], [place, place], color=line, linewidth=1.6)
            axes.plot(ratio.value, place, marker, markersize=7, markerfacecolor=color, markeredgecolor=line)
        _axis(axes, ratios)
        axes.set_xlabel(f"time / time of {against}\nleft: faster, right: slower\nshaded: equal within {margin:.0%}")
        return rendered(figure, _description(ratios, against))


def _axis(axes, ratios: Sequence[Ratio]) -> None:  # type: ignore[no-untyped-def]
    ends = [end for ratio in ratios for end in (ratio.value, ratio.low, ratio.high) if end is not None]
    low, high = max(_LEAST, min(0.9, *ends)) / 1.05, min(1.0 / _LEAST, max(1.1, *ends)) * 1.05
    close = (0.8, 0.9, 1.1, 1.2) if high / low < _CROWDED else ()
    ticks = [t for t in (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, *close) if low <= t <= high]
    axes.set(xscale="log", xlim=(low, high), ylim=(len(ratios) - 0.5, -0.5), xticks=ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(ratios)), [ratio.label for ratio in ratios])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", alpha=0.15)
    axes.spines["left"].set_visible(False)


def _description(ratios: Sequence[Ratio], against: str) -> str:
    lines = "; ".join(f"{ratio.label}: {ratio.value:.3g}, {ratio.verdict}" for ratio in ratios)
    return f"Forest plot of time ratios against {against}. {lines}."
