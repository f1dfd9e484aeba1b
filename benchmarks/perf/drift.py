"""How far equal programs drift apart in float32: the largest difference of a weight, iteration by iteration.

Every program trains the same cell of the shipped matrix `quick` from the same weights, batches and noise; what differs
is the order in which sums are added up, and, where weights are nudged, the last bit of what they begin with.
Usage: python -m benchmarks.perf.drift [MODEL [FIELD=VALUE ...]]    # FIELD as after --set: optimizer.beta_2=0.9
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.matrix.expand import Selection, expand, parse_settings
from benchmarks.matrix.file import load_matrix
from benchmarks.perf.gaps import largest, largest_relative
from benchmarks.perf.setting import machine
from benchmarks.results.markdown import markdown_table
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights
from common.specs.cell import Cell
from common.specs.engines import Execution

MOMENTS = (1, 3, 10, 30, 100)
Arrays = dict[str, NDArray]


@dataclass(frozen=True)
class Program:
    """Who trains.

    Attributes:
        name: as the table calls it.
        engine, execution: the contender.
        threads: of its kernels on the CPU.
        nudged: whether each initial weight is the next larger float32.
    """

    name: str
    engine: str = "torch"
    execution: Execution = "eager"
    threads: int = 1
    nudged: bool = False


REFERENCE = Program("torch, 1 thread")
OTHERS = (
    Program("torch, 2 threads", threads=2),
    Program("torch, last bits nudged", nudged=True),
    Program("keras-tf graph, 1 thread", "keras-tf", "graph"),
)


@dataclass(frozen=True)
class Course:
    """What a program had after each of `MOMENTS`: its parameters, and the losses of that iteration."""

    parameters: list[Arrays]
    losses: list[dict[str, float]]


def train(cell: Cell, program: Program) -> Course:
    """Train `cell` by `program`, in this process."""
    cell = cell.model_copy(update={"engine": program.engine, "execution": program.execution})
    dataset, shape = open_data(cell)
    engine = build_engine(cell, shape, program.threads)
    weights = initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization)
    if program.nudged:
        weights = {name: np.nextafter(array, np.float32(np.inf)) for name, array in weights.items()}
    engine.load_weights(weights)
    course = Course([], [])
    for iteration, batch in enumerate(Feed.of(cell, dataset).first(MOMENTS[-1]), start=1):
        engine.train_iteration(batch)
        if iteration in MOMENTS:
            course.losses.append({name: float(values[-1]) for name, values in engine.losses().items()})
            course.parameters.append({name: w for name, w in engine.weights().items() if "running" not in name})
    return course


def differences(one: Course, other: Course) -> list[tuple[float, float]]:
    """At each of `MOMENTS`: the largest difference of a parameter, and of a loss, relative to the larger loss."""
    weights = zip(one.parameters, other.parameters, strict=True)
    losses = zip(one.losses, other.losses, strict=True)
    return [(largest(*a), largest_relative(*b)) for a, b in zip(weights, losses, strict=True)]


def measure(cell: Cell) -> str:
    """The table, each program in a process of its own, one after the other."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as processes:
        reference, *courses = processes.map(train, [cell] * (len(OTHERS) + 1), (REFERENCE, *OTHERS))
    rows = []
    for program, course in zip(OTHERS, courses, strict=True):
        for what, values in zip(
            ("parameter", "loss, relative"), zip(*differences(reference, course), strict=True), strict=True
        ):
            rows.append([program.name, what, *(f"{value:.1e}" for value in values)])
    header = [f"against {REFERENCE.name}", "largest difference of a", *map(str, MOMENTS)]
    return markdown_table(header, rows, numeric=range(2, len(header)))


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    model, settings = (arguments or ["dcgan"])[0], parse_settings(arguments[1:])
    (cell,) = expand(
        load_matrix("quick"), Selection(models=(model,), engines=("torch",), device="cpu", settings=settings)
    )
    setup = machine("torch", "tensorflow", "keras")
    changed = f", but {' '.join(arguments[1:])}" if arguments[1:] else ""
    print(f"{model} as in quick{changed}; float32; CPU: {setup}. After so many iterations:\n")
    print(measure(cell))


if __name__ == "__main__":
    main(sys.argv[1:])
