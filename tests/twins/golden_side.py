"""Trains the golden cells of one engine and prints losses, weights and pixels, as JSON. Usage: golden_side.py ENGINE"""

import json
import sys
from typing import Any

import numpy as np

from benchmarks.parity.jobs import parity_cell
from benchmarks.running.engines import build_engine, load_probe
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights
from common.specs.cell import override
from common.specs.models import model_spec

ITERATIONS, WIDTH, BATCH = 3, 4, 4
# the models, with what makes them small and shows more: a part, a decay that three iterations can be seen with
MODELS: dict[str, dict[str, Any]] = {
    "dcgan": {},
    "wgan-gp": {"n_critic": 2},
    "stylegan": {"network.style_size": 8, "network.deviation_group": 2, "ema_decay": 0.9},
}
KEPT = 2  # numbers of each weight


def train(engine_name: str, model: str) -> dict[str, list[float]]:
    """Losses of every iteration, the first numbers of every weight, and pixels in inference mode, by name."""
    spec = override(model_spec(model), MODELS[model])
    cell = parity_cell(spec, engine_name, "eager", "fp64", "mnist-5k", width=WIDTH)
    cell = override(cell, {"training.batch_size": BATCH})
    dataset, shape = open_data(cell)
    engine, phases = build_engine(cell, shape, threads=1), cell.phases()
    phase = max(0, len(phases) - 2)  # of a growing model the last fading one
    engine.begin_phase(phases[phase])
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, spec.network.initialization))
    batches = Feed.of(cell, dataset).first(ITERATIONS, epoch=phase)
    for batch in batches:
        engine.train_iteration(batch)
    found = {f"loss {name}": array for name, array in engine.losses().items()}
    found |= {name: array.ravel()[:KEPT] for name, array in engine.weights().items()}
    fake = load_probe(engine_name).forward(engine, batches[0], training=False)["fake"]
    found["pixels"] = fake[1, 4:8, 5, 0]
    return {name: np.asarray(array, np.float64).tolist() for name, array in found.items()}


def main() -> None:
    """Train every model."""
    print(json.dumps({model: train(sys.argv[1], model) for model in MODELS}))


if __name__ == "__main__":
    main()
