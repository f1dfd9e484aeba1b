"""How far apart twins end: losses, trained weights and final samples of the finished cells of a run.

In float32 rounding alone drives equal programs apart (`benchmarks.perf.drift`); a run in float64 shows whether whole
trainings are equal: growing, falling rates, averages and sampling included.
Usage: python -m benchmarks.perf.endings RUN            # other engines against torch eager
       python -m benchmarks.perf.endings RUN EARLIER    # the same cells of two runs
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.perf.gaps import largest, largest_relative
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.markdown import markdown_table
from benchmarks.results.pairing import successors, twins
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.array_files import map_array
from common.errors import BadInput, GanbenchError
from common.tensor_files import load_tensors

FIRST = 10  # iterations whose losses are told apart from the rest
Losses = dict[str, list[float]]
Weights = dict[str, NDArray]
Ended = tuple[CellFolder, Record]


@dataclass(frozen=True)
class Gap:
    """Largest differences of two trainings; NaN where there is nothing to compare.

    Attributes:
        iterations: that were trained, each with one update of the generator.
        early, loss: of a loss in its first `FIRST` iterations, and in all, relative to the larger of the two.
        weight: of a weight of the trained generator but for running statistics.
        variance: of a running variance, relative to the tensor's largest.
        grey, share: of a number of the samples, 0 to 255; how many of those differ.
    """

    iterations: int
    early: float
    loss: float
    weight: float
    variance: float
    grey: int
    share: float


def loss_gap(one: Losses, other: Losses, iterations: int | None = None) -> float:
    """The largest difference of a loss of the first `iterations`, relative to the larger of the two."""
    first, second = ({name: values[:iterations] for name, values in losses.items()} for losses in (one, other))
    return largest_relative(first, second)


def weight_gaps(one: Weights, other: Weights) -> tuple[float, float]:
    """The largest difference of a weight, and of a running variance relative to its tensor's largest."""
    weights = {name: array for name, array in one.items() if "running" not in name}
    variances = [name for name in one if name.endswith("running_variance")]
    relative = [largest({name: one[name]}, other) / float(np.abs(other[name]).max()) for name in variances]
    return largest(weights, other), max(relative, default=np.nan)


def gap(mine: Ended, base: Ended) -> Gap:
    """How far apart two finished cells are.

    Raises:
        BadInput: a generator or samples are missing.
    """
    (folder, record), (against, reference) = mine, base
    one, other = (each.training.losses if each.training else {} for each in (record, reference))
    generators = [load_tensors(each.generator_file)[0] for each in (folder, against)]
    samples = [map_array(each.samples_file).astype(np.int16) for each in (folder, against)]
    apart = np.abs(samples[0] - samples[1])
    weight, variance = weight_gaps(*generators)
    return Gap(
        iterations=max(map(len, one.values()), default=0),
        early=loss_gap(one, other, FIRST),
        loss=loss_gap(one, other),
        weight=weight,
        variance=variance,
        grey=int(apart.max()),
        share=float((apart > 0).mean()),
    )


def pairs(run: Path, earlier: Path | None = None) -> list[tuple[Ended, Ended]]:
    """Which cells are compared: each with its twin of torch eager, or with the same cell of `earlier`.

    Raises:
        BadInput: no run folder, or no pair in it.
    """
    mine, base = RunFolder(run), RunFolder(run if earlier is None else earlier)
    found = twins(mine.records()) if earlier is None else successors(mine.records(), base.records())
    if not found:
        raise BadInput(f"No two finished cells of {run} can be compared: train them with torch and another engine.")
    return [((mine.of(one.cell), one), (base.of(other.cell), other)) for one, other in found]


def table(compared: list[tuple[Ended, Ended]]) -> str:
    """A row for each pair, as Markdown."""
    rows = []
    for mine, base in compared:
        found = gap(mine, base)
        numbers = (found.early, found.loss, found.weight, found.variance)
        told = ["-" if np.isnan(number) else f"{number:.0e}" for number in numbers]
        rows.append([mine[1].cell.label, str(found.iterations), *told, str(found.grey), f"{found.share:.1%}"])
    header = ["cell", "iterations", f"loss, first {FIRST}", "loss", "weight", "variance", "grey levels", "share"]
    return markdown_table(header, rows, numeric=range(1, len(header)))


def main(arguments: Sequence[str]) -> None:
    """Compare and print."""
    if len(arguments) not in (1, 2):
        raise BadInput("Give a run folder, or two: python -m benchmarks.perf.endings RUN [EARLIER].")
    print(table(pairs(*map(Path, arguments))))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GanbenchError as error:
        sys.exit(f"Error: {error}")
