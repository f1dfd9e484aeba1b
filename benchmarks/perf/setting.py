"""The training that the speed scripts measure: DCGAN of width 32 on the embedded digits, batches of 64."""

from __future__ import annotations

import platform

from benchmarks.machine.environment import load_average, processor_name, usable_cores, versions
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.engine import Batch, Engine
from common.initial_weights import initial_weights
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.engines import Execution
from common.specs.models import model_spec
from common.specs.networks import NetworkShape


def setting(engine: str, execution: Execution) -> tuple[Cell, NetworkShape, list[Batch]]:
    """The cell, its shape, and the batches of one epoch."""
    cell = Cell(
        model=override(model_spec("dcgan"), {"network.width": 32}),
        engine=engine,
        dataset="mnist-5k",
        execution=execution,
        training=TrainingSpec(),
    )
    dataset, shape = open_data(cell)
    return cell, shape, list(Feed.of(cell, dataset).epoch(0))


def start(engine: Engine, cell: Cell) -> None:
    """Give `engine` the cell's initial weights."""
    rule = cell.model.network.initialization
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, rule))


def print_protocol(what: str, rounds: int, *packages: str) -> None:
    """What is measured, on which machine and with which versions."""
    named = ", ".join(f"{name} {version}" for name, version in versions(packages).items())
    print(f"{what}; {rounds} interleaved rounds of one epoch (62 iterations of 64 images), CPU.")
    print(f"{processor_name()}, {usable_cores()} cores, load {load_average():.2f}, {platform.platform()}; {named}.\n")
