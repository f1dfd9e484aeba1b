"""Whether memory grows while a model trains: resident size after a warm-up, and 300 iterations later, per model.

Usage: python -m benchmarks.perf.memory ENGINE [MODEL ...]; prints one JSON object a model: bytes before, after, growth.
"""

from __future__ import annotations

import gc
import itertools
import json
import sys

import psutil

from benchmarks.parity.jobs import parity_cell
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights
from common.specs.engines import check_engine
from common.specs.models import MODELS, model_spec

WARM_UP = 100
ITERATIONS = 300
WINDOW = 50


def growth(engine_name: str, model: str) -> dict[str, float | str]:
    """Train `model` for 400 iterations and compare resident sizes.

    Returns:
        model; before and after, in bytes; growth, their relative difference.
    """
    cell = parity_cell(model_spec(model), engine_name, check_engine(engine_name), "fp32", "mnist-5k")
    dataset, shape = open_data(cell)
    engine = build_engine(cell, shape)
    phases = cell.phases()
    if len(phases) > 1:
        engine.begin_phase(phases[-1])
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization))
    batches = itertools.cycle(Feed.of(cell, dataset).first(20, epoch=len(phases) - 1))
    sizes = []
    for iteration, batch in enumerate(itertools.islice(batches, WARM_UP + ITERATIONS), start=1):
        engine.train_iteration(batch)
        if iteration % WINDOW == 0:  # as the training loop does at its ticks
            engine.losses()
        if iteration in (WARM_UP, WARM_UP + ITERATIONS):
            gc.collect()
            sizes.append(psutil.Process().memory_info().rss)
    before, after = sizes
    return {"model": model, "before": before, "after": after, "growth": after / before - 1.0}


def main() -> None:
    """One line a model; all of them by default."""
    for model in sys.argv[2:] or MODELS:
        print(json.dumps(growth(sys.argv[1], model)), flush=True)


if __name__ == "__main__":
    main()
