"""What tests compute by hand: parts of objectives, deviation, running means, averages; and training after a failure to
sample. Called by measure.py."""

from typing import Any

import numpy as np
from measure_models import BATCH, batch, build

from benchmarks.running.engines import load_probe
from common.errors import BadInput
from common.images import NonFiniteImagesError
from common.specs.objectives import Relativistic

PARTS = {
    "network__critic_norm": "group",  # batch norm in the critic and a penalty exclude each other
    "objective__gradient_penalty": 10.0,
    "objective__r1": 0.5,
    "objective__r2": 0.25,
    "objective__drift": 0.001,
    "objective__weight_clip": 0.05,
}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "dcgan": ("dcgan", PARTS),
    "lsgan": ("lsgan", PARTS),
    "pairs": ("dcgan", {"objective": Relativistic().model_dump(), **PARTS}),
}


def objective_parts(bench: Any, spread: Any) -> None:
    """Penalties, drift and clipping on objectives that usually have none; with and without clipping at last."""
    probe = load_probe(bench.name)
    for model, (named, parts) in MODELS.items():
        engine, cell = build(bench, named, **parts)
        engine.load_weights(spread(engine, np.float64))
        forward = probe.forward(engine, batch(cell, 1), training=True)
        engine.load_weights(spread(engine, np.float64))  # training mode has moved the running statistics
        terms, gradients = probe.gradients(engine, batch(cell, 1))
        bench.keep(f"parts/{model}/forward", forward)
        bench.keep(f"parts/{model}/term", terms)
        bench.keep(f"parts/{model}/gradient", gradients)
        engine.load_weights(spread(engine, np.float64))
        for seed in (1, 2, 3):
            engine.train_iteration(batch(cell, seed))
        bench.keep(f"parts/{model}/loss", engine.losses())
        bench.keep(f"parts/{model}/weight", engine.weights())
        for way, bound in (("clipped", PARTS["objective__weight_clip"]), ("free", None)):
            once, cell = build(bench, named, **parts | {"objective__weight_clip": bound})
            once.load_weights(spread(once, np.float64))
            once.train_iteration(batch(cell, 1))
            bench.keep(f"parts/{model}/{way}", once.weights())


def deviations(bench: Any, side: Any) -> None:
    """Six samples in groups of two and of three; the first and the fourth are equal."""
    maps = np.random.default_rng(17).standard_normal((6, 2, 3, 2))
    maps[3] = maps[0]
    bench.arrays["deviation/maps"] = maps
    for group in (2, 3):
        bench.arrays[f"deviation/{group}"] = side.deviation(maps, group)


def means_and_averages(bench: Any, spread: Any) -> None:
    """One iteration of models whose averaged generator has statistics: batch norm's, and the mean style's."""
    changes = {
        "dcgan": {"ema_decay": 0.9},
        "stylegan": {
            "ema_decay": 0.9,
            "network__style_size": 6,
            "network__average_decay": 0.8,
            "network__initialization__mapping_rate": 0.1,
        },
    }
    for model, chosen in changes.items():
        engine, cell = build(bench, model, **chosen)
        engine.load_weights(spread(engine, np.float64))
        data = batch(cell, 5)
        bench.arrays[f"once/{model}/latents"] = data.latents[0]
        bench.keep(f"once/{model}/before", engine.weights())
        engine.train_iteration(data)
        bench.keep(f"once/{model}/after", engine.weights())


def failing_to_sample(bench: Any, spread: Any) -> None:
    """An iteration after samples that were not finite, after noise of another size, and with no sampling before."""
    for way in ("none", "not finite", "other noise"):
        engine, cell = build(bench, "dcgan")
        good = spread(engine, np.float64)
        broken = {**good, "generator.to_image.bias": np.full(1, np.nan)}
        engine.load_weights(broken if way == "not finite" else good)
        if way != "none":
            size = cell.model.network.noise_size(0) + (way == "other noise")
            bench.notes[f"sampling fails, {way}"] = failure(engine, np.ones((BATCH, size), np.float32))
        engine.load_weights(good)
        engine.train_iteration(batch(cell, 7))
        bench.keep(f"sampled/{way}", engine.state())


def failure(engine: Any, latents: np.ndarray) -> str:
    """The kind of error with which sampling ends: a framework's own is only known to be none of ours."""
    try:
        engine.generate(latents)
    except (NonFiniteImagesError, BadInput) as error:
        return type(error).__name__
    except Exception:
        return "the framework's"
    return "none"


def measure(bench: Any, spread: Any, side: Any) -> None:
    """Everything in this file."""
    deviations(bench, side)
    for each in (objective_parts, means_and_averages, failing_to_sample):
        each(bench, spread)
