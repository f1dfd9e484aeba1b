"""Trains every model in bfloat16 and in float32 with one engine; prints what came out, as JSON.

Usage: python bf16_side.py ENGINE MODEL[,MODEL...]
"""

import json
import sys
from typing import Any

import numpy as np

from benchmarks.parity.jobs import parity_cell
from benchmarks.running.engines import build_engine, load_probe
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.engine import Batch, Engine
from common.initial_weights import initial_weights
from common.specs.cell import Cell
from common.specs.engines import ENGINES, Execution, Precision
from common.specs.models import model_spec

WIDTH = 8


class Side:
    """One model in one precision, in its last phase but one if it grows."""

    def __init__(self, engine: str, execution: Execution, model: str, precision: Precision) -> None:
        self.cell = parity_cell(model_spec(model), engine, execution, precision, "mnist-5k", width=WIDTH)
        dataset, self.shape = open_data(self.cell)
        phases = self.cell.phases()
        self.phase = max(0, len(phases) - 2)
        self.batches = Feed.of(self.cell, dataset).first(2, epoch=self.phase)

    def engine(self) -> Engine:
        """A fresh engine with the cell's initial weights."""
        engine = build_engine(self.cell, self.shape, threads=1)
        engine.begin_phase(self.cell.phases()[self.phase])
        rule = self.cell.model.network.initialization
        engine.load_weights(initial_weights(engine.weight_shapes(), self.cell.seed, rule))
        return engine


def latents(cell: Cell, size: int) -> np.ndarray:
    return np.random.default_rng(6).standard_normal((8, cell.model.network.noise_size(size)), dtype=np.float32)


def labels(cell: Cell, classes: int) -> np.ndarray | None:
    return np.eye(classes, dtype=np.float32)[np.arange(8) % classes] if cell.model.network.conditional else None


def distance(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """The relative L2 distance of all gradients together."""
    gap = sum(float(np.square(one[name] - other[name]).sum()) for name in one)
    return (gap / sum(float(np.square(array).sum()) for array in one.values())) ** 0.5


def measure(name: str, execution: Execution, model: str) -> dict[str, Any]:
    """Gradients, losses, images and states of the model in both precisions."""
    probe, found = load_probe(name), {}
    gradients, images, losses = {}, {}, {}
    for precision in ("fp32", "bf16"):
        side = Side(name, execution, model, precision)
        engine, first = side.engine(), side.batches[0]
        start = engine.weights()
        _, gradients[precision] = probe.gradients(engine, first)
        noise = latents(side.cell, side.shape.image_size)
        images[precision] = engine.generate(noise, labels(side.cell, side.shape.classes), 0.5).astype(float)
        engine.load_weights(start)  # the probe may have moved running statistics
        engine.train_iteration(first)
        losses[precision] = {each: float(array[0]) for each, array in engine.losses().items()}
    found |= resumed(side, engine, side.batches[1])
    found["losses"], found["gradients"] = losses, distance(gradients["fp32"], gradients["bf16"])
    found["grey levels"] = float(np.abs(images["fp32"] - images["bf16"]).mean())
    now = engine.weights()
    still = [each for each in now if np.array_equal(now[each], start[each])]
    found["still"] = [each for each in still if each in engine.trained("generator") | engine.trained("discriminator")]
    probed = probe.forward(engine, first, training=False)
    found["dtypes"] = {
        "state": sorted({str(array.dtype) for each, array in engine.state().items() if "/step/" not in each}),
        "fakes and logits": sorted({str(array.dtype) for array in probed.values()}),
    }
    return found


def resumed(side: Side, engine: Engine, batch: Batch) -> dict[str, Any]:
    """Whether a new engine that is given the state goes on as the old one does."""
    other = side.engine()
    other.load_state(engine.state())
    for each in (engine, other):
        each.train_iteration(batch)
        each.losses()
    one, two = engine.state(), other.state()
    return {"resumed unlike": [name for name in one if not np.array_equal(one[name], two[name])]}


def main() -> None:
    """Measure every model; one that fails says so."""
    name, models = sys.argv[1], sys.argv[2].split(",")
    offered = ENGINES[name].executions
    execution = "eager" if "eager" in offered else offered[0]
    print(json.dumps({model: measure(name, execution, model) for model in models}))


if __name__ == "__main__":
    main()
