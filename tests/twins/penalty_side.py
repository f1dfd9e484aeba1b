"""Prints, for one engine, how much a penalty changes the critic's gradient in each execution, as JSON.

The number is the relative L2 distance of the gradients with and without penalty. Usage: python penalty_side.py ENGINE
"""

import importlib
import json
import sys

import numpy as np

from benchmarks.parity.jobs import parity_cell
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights
from common.specs.cell import override
from common.specs.engines import ENGINES
from common.specs.models import model_spec

engine_name = sys.argv[1]
probe = None
changes = {}
for execution in ENGINES[engine_name].executions:
    found = []
    for penalty in (10.0, 0.0):
        model = override(model_spec("wgan-gp"), {"objective.gradient_penalty": penalty})
        cell = parity_cell(model, engine_name, execution, "fp32", "mnist-5k")
        dataset, shape = open_data(cell, None, None)
        engine = build_engine(cell, shape)
        probe = probe or importlib.import_module(f"{'torch' if engine_name == 'torch' else 'keras'}_impl.probe")
        engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization))
        _, gradients = probe.gradients(engine, Feed.of(cell, dataset).first(1)[0])
        found.append(np.concatenate([g.ravel() for name, g in sorted(gradients.items()) if name.startswith("disc")]))
    changes[execution] = float(np.linalg.norm(found[0] - found[1]) / np.linalg.norm(found[1]))
print(json.dumps(changes))
