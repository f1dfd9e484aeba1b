"""Prints, for one engine and execution, how much a penalty changes the critic's gradient (relative L2 distance).

Usage: python penalty_side.py ENGINE EXECUTION
"""

import importlib
import sys

import numpy as np

from benchmarks.feed import Feed
from benchmarks.parity.jobs import parity_cell
from benchmarks.worker import build_engine, open_data
from common.initial_weights import initial_weights
from common.specs.cell import override
from common.specs.models import model_spec

engine_name, execution = sys.argv[1:3]
found = []
for penalty in (10.0, 0.0):
    model = override(model_spec("wgan-gp"), {"objective.gradient_penalty": penalty})
    cell = parity_cell(model, engine_name, execution, "fp32", "mnist-5k")
    dataset, shape = open_data(cell, None, None)
    engine = build_engine(cell, shape)
    probe = importlib.import_module(f"{'torch' if engine_name == 'torch' else 'keras'}_impl.probe")
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization))
    _, gradients = probe.gradients(engine, Feed.of(cell, dataset).first(1)[0])
    found.append(np.concatenate([g.ravel() for name, g in sorted(gradients.items()) if name.startswith("disc")]))
print(float(np.linalg.norm(found[0] - found[1]) / np.linalg.norm(found[1])))
