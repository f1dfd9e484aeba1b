"""Scores as figures: precision against recall, and agreement with the label class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.pictures.style import INK, look, new_figure, save_figure, styled

# in the units of the axes, which go from 0 to 1: from a point to its name, and half of what a point takes
_GAP, _POINT = np.array([0.015, 0.013]), np.array([0.012, 0.015])


@dataclass(frozen=True)
class Point:
    """Mean precision and recall of one model on one contender."""

    model: str
    contender: str
    precision: float
    recall: float


def save_precision_recall(
    stem: Path, points: Sequence[Point], floor: tuple[float, float] | None, title: str
) -> list[Path]:
    """Write a plot of recall against precision; twins of one model are joined, `floor` is that of real images."""
    contenders = list(dict.fromkeys(point.contender for point in points))
    with styled():
        figure = new_figure(6.4, 4.4)
        axes = figure.subplots()
        for model in dict.fromkeys(point.model for point in points):
            own = [point for point in points if point.model == model]
            axes.plot([p.precision for p in own], [p.recall for p in own], color="#999999", linewidth=0.8, zorder=1)
        for model, (x, y, right, up) in _places(points).items():
            axes.annotate(
                model, (x, y), xytext=(5 * right, 4 * up), textcoords="offset points", fontsize=8,
                ha="left" if right > 0 else "right", va="bottom" if up > 0 else "top",
            )  # fmt: skip
        for contender in contenders:
            own, kind = [point for point in points if point.contender == contender], look(contender, contenders)
            axes.plot(
                [p.precision for p in own],
                [p.recall for p in own],
                **{**kind, "linestyle": "none"},
                markerfacecolor="white" if kind["linestyle"] != "-" else kind["color"],
                label=contender,
            )
        if floor is not None:
            axes.plot([floor[0]], [floor[1]], marker="*", markersize=11, color=INK, linestyle="none", label="real data")
        axes.set(xlabel="precision (good pictures)", ylabel="recall (variety)", title=title)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        figure.legend(loc="outside right upper")
        return save_figure(figure, stem)


def _places(points: Sequence[Point]) -> dict[str, tuple[float, float, int, int]]:
    """Where each model's name stands: the point of it, right or left (1, -1) and above or below (1, -1) of that; where
    the name covers the fewest points and names, as near as letters can be foretold."""
    taken = np.array([[point.precision, point.recall] for point in points])
    names: dict[str, tuple[float, float, int, int]] = {}
    for model in dict.fromkeys(point.model for point in points):
        half = np.array([0.0085 * len(model), 0.0175])  # of the name's width and height
        found = []
        for own in (point for point in points if point.model == model):
            for side in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
                middle = (own.precision, own.recall) + side * (half + _GAP)
                covered = int((np.abs(taken - middle) < half + _POINT).all(axis=1).sum())
                outside = bool((np.abs(middle - 0.5) + half > 0.53).any())
                found.append(((outside, covered), (own.precision, own.recall, *side), middle))
        _, names[model], middle = min(found, key=lambda each: each[0])
        letters = np.linspace(-half[0], half[0], 8)
        taken = np.concatenate([taken, middle + np.stack([letters, np.zeros(8)], axis=1)])
    return names


def save_agreement(stem: Path, contenders: Mapping[str, Sequence[Mapping[str, float]]], title: str) -> list[Path]:
    """Write bars per class: the share of samples in which the judge reads the class that was asked for.

    Args:
        stem: the files' path without its ending.
        contenders: of each contender, per seed, the share by class; several seeds show as a line from least to most.
        title: of the figure.
    """
    classes = list(dict.fromkeys(name for seeds in contenders.values() for seed in seeds for name in seed))
    width = 0.8 / len(contenders)
    with styled():
        figure = new_figure(max(5.0, 0.55 * len(classes) + 1.5), 3.4)
        axes = figure.subplots()
        for index, (contender, seeds) in enumerate(contenders.items()):
            table = np.array([[seed.get(name, np.nan) for name in classes] for seed in seeds])
            places = np.arange(len(classes)) + (index - (len(contenders) - 1) / 2) * width
            mean = table.mean(axis=0)
            hatch = ("", "///", "...", "xxx", "++", "\\\\\\")[index % 6]
            color = look(contender, list(contenders))["color"]
            axes.bar(places, mean, width * 0.94, color=color, edgecolor="white", hatch=hatch, label=contender)
            if len(seeds) > 1:
                axes.vlines(places, table.min(axis=0), table.max(axis=0), color=INK, linewidth=0.9)
        axes.set_xticks(range(len(classes)), classes)
        axes.grid(axis="x", visible=False)
        axes.set(xlabel="class asked for", ylabel="share read as it", title=title)
        axes.set_ylim(0, 1.02)
        figure.legend(loc="outside lower center", ncols=4)
        return save_figure(figure, stem)
