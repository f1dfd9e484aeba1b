"""The training that the speed scripts measure: DCGAN on the embedded digits, batches of 64."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

from benchmarks.machine.environment import load_average, processor_name, usable_cores, versions
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.engine import Batch, Engine
from common.initial_weights import initial_weights
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.engines import contender
from common.specs.models import model_spec
from common.specs.networks import NetworkShape


def setting(name: str, width: int = 32, iterations: int | None = None) -> tuple[Cell, NetworkShape, list[Batch]]:
    """The cell of the contender called `name` (torch:eager:bf16), its shape, and the batches of one epoch.

    `iterations` takes that many of them only.
    """
    chosen = contender(name)
    cell = Cell(
        model=override(model_spec("dcgan"), {"network.width": width}),
        engine=chosen.engine,
        dataset="mnist-5k",
        execution=chosen.execution,
        precision=chosen.precision or "fp32",
        stock=chosen.stock,
        training=TrainingSpec(),
    )
    dataset, shape = open_data(cell)
    return cell, shape, list(Feed.of(cell, dataset).epoch(0))[:iterations]


def work(name: str, width: int = 32, iterations: int | None = None) -> Callable[[], None]:
    """Training of the contender on those batches, over and over."""
    cell, shape, batches = setting(name, width, iterations)
    engine = build_engine(cell, shape)
    start(engine, cell)

    def train() -> None:
        for batch in batches:
            engine.train_iteration(batch)
        engine.losses()

    return train


def start(engine: Engine, cell: Cell) -> None:
    """Give `engine` the cell's initial weights."""
    rule = cell.model.network.initialization
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, rule))


def options(rounds: int = 9, width: int = 64) -> tuple[int, int]:
    """[ROUNDS [WIDTH]] of the command line, or what is given here."""
    given = [int(each) for each in sys.argv[1:3]]
    return given[0] if given else rounds, given[1] if len(given) > 1 else width


def print_protocol(what: str, rounds: int, *packages: str, iterations: int = 62) -> None:
    """What is measured, on which machine and with which versions."""
    print(f"{what}; {rounds} interleaved rounds of {iterations} iterations of 64 images, CPU.")
    print(f"{machine(*packages)}.\n")


def machine(*packages: str) -> str:
    """This machine and the versions of packages: "AMD EPYC, 2 cores, load 0.10, Linux; torch 2.14.1"."""
    named = ", ".join(f"{name} {version}" for name, version in versions(packages).items())
    return f"{processor_name()}, {usable_cores()} cores, load {load_average():.2f}, {platform.platform()}; {named}"
