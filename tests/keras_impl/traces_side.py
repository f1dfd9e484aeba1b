"""Trains and samples a growing model phase by phase and prints how often each step was traced until then: JSON.

A step's body runs when it is traced and never else, so its runs are counted. Usage: traces_side.py ENGINE MODEL
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.parity.jobs import parity_cell
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.specs.cell import Cell, override
from common.specs.models import model_spec

WIDTH, SIDE = 4, 8


def counted(traces: Counter[str]) -> None:
    """Have every step that is compiled from now on say when it is traced."""
    from keras_impl.backends import backend

    original = backend.compile_step

    def compile_step(step: Callable, state: Sequence[Any], execution: str) -> Callable:
        def body(*inputs: Any) -> Any:
            traces[step.__name__] += 1
            return step(*inputs)

        return original(body, state, execution)

    backend.compile_step = compile_step


def traced(cell: Cell) -> list[tuple[bool, dict[str, int]]]:
    """Of each phase whether it fades, and how often each step was traced until its end."""
    traces: Counter[str] = Counter()
    dataset, shape = open_data(cell)
    engine, found = build_engine(cell, shape, threads=1), []
    counted(traces)
    epoch = 0
    for phase in cell.phases():
        engine.begin_phase(phase)
        for batch in Feed.of(cell, dataset).first(3, epoch):  # alpha differs from each to the next
            engine.train_iteration(batch)
        for count in (3, 70):
            latents = np.zeros((count, cell.model.network.noise_size(SIDE)), np.float32)
            labels = np.eye(shape.classes, dtype=np.float32)[[0] * count] if cell.model.network.conditional else None
            engine.generate(latents, labels, alpha=1.0 / count)
        engine.losses()
        found.append((phase.fading, dict(traces)))
        epoch += phase.epochs
    return found


def main() -> None:
    """Count and print."""
    engine, model = sys.argv[1:]
    execution = "graph" if engine == "keras-tf" else "compiled"
    several = {"n_critic": 2} if model == "stylegan" else {}
    spec = override(model_spec(model), several)
    cell = override(
        parity_cell(spec, engine, execution, "fp32", "mnist-5k", WIDTH),
        {"training.image_size": SIDE, "training.batch_size": 4},
    )
    print(json.dumps(traced(cell)))


if __name__ == "__main__":
    main()
