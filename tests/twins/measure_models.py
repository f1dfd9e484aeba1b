"""The models whose engines do more than DCGAN's: classes, growing, averaged generators. Called by measure.py."""

from typing import Any

import numpy as np

from benchmarks.running.engines import build_engine
from common.engine import Batch, Engine
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.models import model_spec
from common.specs.networks import NetworkShape

CLASSES, SIDE, BATCH = 3, 16, 4
SMALL = {"network.width": 4, "network.latent_size": 5, "n_critic": 1}


def build(bench: Any, model: str, precision: str = "fp64", **changes: Any) -> tuple[Engine, Cell]:
    """A tiny engine, run eagerly: what is measured here does not depend on the execution."""
    spec = override(model_spec(model), SMALL | {name.replace("__", "."): each for name, each in changes.items()})
    cell = Cell(
        model=spec,
        engine=bench.name,
        dataset="mnist-5k",
        execution="eager",
        precision=precision,
        training=TrainingSpec(epochs=1, batch_size=BATCH, image_size=SIDE),
    )
    return build_engine(cell, NetworkShape(image_size=SIDE, channels=1, classes=CLASSES), threads=1), cell


def batch(cell: Cell, seed: int, alpha: float = 1.0, labels: Any = None, images: Any = None, updates: int = 1) -> Batch:
    """Noise for images; classes in turn unless given. With several critic updates each has draws of its own."""
    rng = np.random.default_rng(seed)
    noise = cell.model.network.noise_size(SIDE)
    draws = 1 if updates == 1 else updates + 1
    classes = np.arange(BATCH) % CLASSES if labels is None else np.array(labels)
    drawn = rng.integers(0, 256, (updates, BATCH, SIDE, SIDE, 1), dtype=np.uint8)
    return Batch(
        images=drawn if images is None else images,
        latents=rng.standard_normal((draws, BATCH, noise), dtype=np.float32),
        mixing=rng.random((updates, BATCH), dtype=np.float32),
        alpha=np.array(alpha, dtype=np.float32),
        labels=np.tile(classes, (draws, 1)) if cell.model.network.conditional else None,
    )


def one_hot(classes: Any) -> np.ndarray:
    return np.eye(CLASSES, dtype=np.float32)[np.asarray(classes)]


def every(bench: Any, spread: Any, models: list[str]) -> None:
    """What is asked of each of `models`, of one engine, since building one takes as long as training it."""
    for model in models:
        engine, cell = resuming(bench, spread, model)
        sampling(bench, spread, engine, cell)


def resuming(bench: Any, spread: Any, model: str) -> tuple[Engine, Cell]:
    """Two iterations more in the same engine, and in a new one that was given the state, in a fading phase if any."""
    engines = []
    for _ in range(2):
        engine, cell = build(bench, model, "fp32")
        phases = cell.phases()
        if len(phases) > 1:
            engine.begin_phase(phases[-2])
        engines.append(engine)
    engines[0].load_weights(spread(engines[0], np.float32))
    for seed in (1, 2):
        engines[0].train_iteration(batch(cell, seed, alpha=0.5))
    engines[0].losses()
    state = engines[0].state()
    engines[1].load_state(state)
    for way, engine in zip(("on", "resumed"), engines, strict=True):
        for seed in (3, 4):
            engine.train_iteration(batch(cell, seed, alpha=0.5))
        losses = {f"losses/{name}": each for name, each in engine.losses().items()}
        bench.keep(f"{way}/{model}", {**engine.state(), **losses})
    return engines[0], cell


def sampling(bench: Any, spread: Any, engine: Engine, cell: Cell) -> None:
    """Pictures by class and by blends of classes, cut in two ways."""
    model = cell.model.name
    if len(cell.phases()) > 1:
        engine.begin_phase(cell.phases()[-1])
    engine.load_weights(spread(engine, np.float32))
    latents = np.random.default_rng(6).standard_normal((7, cell.model.network.noise_size(SIDE)), dtype=np.float32)
    labels = [one_hot([index] * 7) for index in range(CLASSES)] if cell.model.network.conditional else [None]
    for index, each in enumerate(labels):
        bench.arrays[f"sample/{model}/{index}"] = engine.generate(latents, each)
    mixed = one_hot([0, 1, 2, 0, 1, 2, 0]) if labels[0] is not None else None
    whole = engine.generate(latents, mixed)
    cut = [engine.generate(latents[a:b], None if mixed is None else mixed[a:b]) for a, b in ((0, 1), (1, 5), (5, 7))]
    bench.keep(f"cut/{model}", {"whole": whole, "pieces": np.concatenate(cut)})
    if mixed is not None:
        bench.arrays[f"blend/{model}"] = engine.generate(latents, (one_hot([0] * 7) + one_hot([1] * 7)) / 2)


def growing(bench: Any, spread: Any) -> None:
    """What a phase changes: resolution, fading, optimisers, the parameters in use; real images reduced by means."""
    engine, cell = build(bench, "pggan")
    values = spread(engine, np.float64)
    pale = {name: array * (0.2 if ".to_image." in name else 1.0) for name, array in values.items()}  # within -1..1
    engine.load_weights(pale)
    blocks = np.random.default_rng(8).integers(2, 250, (1, BATCH, 8, 8, 1), dtype=np.uint8)
    large = blocks.repeat(2, 2).repeat(2, 3)
    large[:, :, ::2, ::2] -= 2  # each 2x2 block keeps its mean
    large[:, :, 1::2, 1::2] += 2
    for phase in cell.phases():
        engine.begin_phase(phase)
        name = f"{phase.resolution}-{'fade' if phase.fading else 'stable'}"
        before = engine.state()
        bench.keep(f"phase/{name}/state", before)
        latents = np.random.default_rng(9).standard_normal((3, 5), dtype=np.float32)
        for alpha in (0.0, 0.25, 1.0):
            bench.arrays[f"phase/{name}/image/{alpha}"] = engine.generate(latents, None, alpha)
        engine.train_iteration(batch(cell, 1, alpha=0.5))
        engine.losses()
        bench.keep(f"phase/{name}/after", engine.state())
        if name == "8-stable":
            for kind, images in (("small", blocks), ("large", large)):
                engine.load_state(before)
                engine.train_iteration(batch(cell, 2, images=images))
                bench.keep(f"reduced/{kind}", engine.losses())


def averaging(bench: Any, spread: Any) -> None:
    """One iteration of a model with an averaged generator, and images of the averaged weights."""
    engine, cell = build(bench, "pggan", ema_decay=0.75)
    engine.begin_phase(cell.phases()[-1])
    engine.load_weights(spread(engine, np.float64))
    bench.keep("average/before", engine.weights())
    engine.train_iteration(batch(cell, 1))
    bench.keep("average/after", engine.weights())
    latents = np.random.default_rng(9).standard_normal((3, 5), dtype=np.float32)
    bench.arrays["average/images"] = engine.generate(latents)
    trained = engine.weights()
    swapped = {
        name: trained[name.replace("generator_ema.", "generator.", 1)] if name.startswith("generator_ema.") else array
        for name, array in trained.items()
    }
    engine.load_weights(swapped)
    bench.arrays["average/images of the trained"] = engine.generate(latents)


def measure(bench: Any, spread: Any, models: list[str]) -> None:
    """Everything in this file."""
    every(bench, spread, models)
    growing(bench, spread)
    averaging(bench, spread)
