"""Trains with compiled torch and prints what the compiler was given, and how weights differ from eager torch's: JSON.

Usage: python compiled_side.py MODEL BACKEND, a backend of torch.compile
"""

import functools
import json
import sys
from typing import Any

import numpy as np
import torch
import torch._dynamo.utils as dynamo

from benchmarks.parity.jobs import parity_cell
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights
from common.specs.cell import override
from common.specs.engines import Execution
from common.specs.models import model_spec

SMALL = {"training.image_size": 8}
PHASES = 2  # the first ones of a growing network


def train(model: str, execution: Execution) -> tuple[dict[str, np.ndarray], list[int]]:
    """The state after two iterations in each phase, and how many graphs were compiled until the end of each."""
    cell = override(
        parity_cell(model_spec(model), "torch", execution, "fp64", "mnist-5k", 8), {"training.image_size": 8}
    )
    dataset, shape = open_data(cell)
    engine, graphs = build_engine(cell, shape, threads=1), []
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization))
    for index, phase in enumerate(cell.phases()[:PHASES]):
        engine.begin_phase(phase)
        for batch in Feed.of(cell, dataset).first(2, epoch=index):
            engine.train_iteration(batch)
        engine.losses()
        graphs.append(dynamo.counters["stats"]["unique_graphs"])
    return engine.state(), graphs


def main() -> None:
    """Train eagerly and compiled."""
    torch.compile = functools.partial(torch.compile, backend=sys.argv[2])
    (eager, _), (compiled, graphs) = (train(sys.argv[1], execution) for execution in ("eager", "compiled"))
    gap = max(float(np.abs(eager[name] - compiled[name]).max()) for name in eager)
    found: dict[str, Any] = {"graphs": graphs, "breaks": list(dynamo.counters["graph_break"]), "gap": gap}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
