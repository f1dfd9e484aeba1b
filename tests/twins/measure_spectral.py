"""Spectral normalisation: layers alone, beside those of the framework's own library, and in a critic. Called by
measure.py."""

from typing import Any

import numpy as np
from measure_models import SIDE, batch, build

from benchmarks.running.engines import load_probe

STILL = {"kind": "sgd", "learning_rate": 1e-30}
UPDATES = 3


def layers(bench: Any, side: Any) -> None:
    """A convolution and a dense layer with a vector far from the kernel's own; outputs, gradients, steps."""
    rng = np.random.default_rng(23)
    for kind, kernel, inputs in (("conv", (3, 3, 2, 5), (2, 4, 4, 2)), ("dense", (7, 5), (3, 7))):
        given = {
            "kernel": rng.standard_normal(kernel),
            "vector": rng.standard_normal(5) / np.sqrt(5),
            "inputs": rng.standard_normal(inputs),
            "weights": rng.standard_normal((*inputs[:-1], 5)),
        }
        bench.keep(f"spectral/{kind}/given", given)
        bench.keep(f"spectral/{kind}/found", side.spectral(**given))
        vector, steps = given["vector"], []
        for _ in range(60):
            vector = side.iterated(given["kernel"], vector)
            steps.append(vector)
        bench.arrays[f"spectral/{kind}/steps"] = np.stack(steps)
    bench.keep("spectral/library", side.library_spectral(**given))


def critic(bench: Any, spread: Any) -> None:
    """One iteration of several critic updates that move no kernel; then sampling, and both passes of a probe."""
    engine, cell = build(
        bench, "dcgan", n_critic=UPDATES, optimizer=STILL, objective="hinge", network__critic_norm="spectral"
    )
    engine.load_weights(spread(engine, np.float64))
    data = batch(cell, 5, updates=UPDATES)
    bench.keep("spectral/critic/before", engine.weights())
    engine.train_iteration(data)
    bench.keep("spectral/critic/after", engine.weights())
    engine.generate(np.ones((3, cell.model.network.noise_size(SIDE)), np.float32))
    for training in (True, False):
        bench.keep(f"spectral/critic/forward/{training}", load_probe(bench.name).forward(engine, data, training))
    bench.keep("spectral/critic/used", engine.weights())
    bench.arrays["spectral/critic/images"] = data.images[0]


def measure(bench: Any, spread: Any, side: Any) -> None:
    """Everything in this file."""
    layers(bench, side)
    critic(bench, spread)
