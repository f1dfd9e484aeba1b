"""The parity worker: one process, one engine; computes what the ladder compares and leaves it as .npz files.

Usage: python -m benchmarks.parity.worker JOBS.json OUT_DIR
"""

from __future__ import annotations

import json
import sys
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine.events import Emitter, report
from benchmarks.parity.jobs import Job
from benchmarks.running.engines import build_engine, load_probe
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.engine import Batch, Engine
from common.files import atomic_write
from common.initial_weights import initial_weights
from common.probe import Probe
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.phases import Phase
from common.streams import Streams, generator

Arrays = dict[str, NDArray]
IMAGES = 64


def ladder(engine: Engine, probe: Probe[Any], cell: Cell, batches: list[Batch]) -> Arrays:
    """Everything of rungs 1 to 5, each measured from the same weights; trains on all of `batches`."""
    start = first_weights(engine, cell)
    found: Arrays = {f"shape/{name}": np.array(shape) for name, shape in engine.weight_shapes().items()}
    # in inference mode initial running statistics (0 and 1) would hide that they are not used
    for mode, weights in (("train", start), ("eval", spread_weights(engine))):
        engine.load_weights(weights)
        outputs = probe.forward(engine, batches[0], training=mode == "train")
        found.update({f"forward/{mode}/{name}": array for name, array in outputs.items()})
    engine.load_weights(start)
    terms, gradients = probe.gradients(engine, batches[0])
    found.update({f"term/{name}": array for name, array in terms.items()})
    found.update({f"gradient/{name}": array for name, array in gradients.items()})
    engine.load_weights(start)
    for iteration, batch in enumerate(batches, start=1):
        engine.train_iteration(batch)
        if iteration in (1, len(batches)):
            found.update({f"weight/{iteration}/{name}": array for name, array in engine.weights().items()})
            found.update({f"kept/{iteration}/{name}": np.array(share) for name, share in kept(cell, iteration).items()})
    found.update({f"loss/{name}": array for name, array in engine.losses().items()})
    return found


def first_weights(engine: Engine, cell: Cell) -> Arrays:
    """The cell's initial weights, but for biases, which are small numbers and not 0.

    Biases of 0 would hide what is done with them. And they would put some inputs on the kink of LeakyReLU: four pixels
    that average to middle grey, as a fading critic sees them, are 0 but for rounding, whose sign then is the slope's.
    """
    weights = initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization)
    for name in (name for name in weights if name.endswith(".bias")):
        draws = generator(7, f"parity/{name.replace('generator_ema.', 'generator.', 1)}")
        weights[name] += (0.02 * draws.standard_normal(weights[name].shape)).astype(np.float32)
    return weights


def kept(cell: Cell, iterations: int) -> dict[str, float]:
    """The share of each network's initial batch-norm statistics that is left after `iterations`: momentum**updates."""
    model = cell.model
    if (norm := model.network.batch_norm) is None:
        return {}
    updates = {
        "generator": 1 if model.n_critic == 1 else model.n_critic + 1,
        "discriminator": model.n_critic * 2 + (2 if model.objective.pairs else 1),
    }
    return {name: norm.momentum ** (iterations * each) for name, each in updates.items()}


def first_batches(feed: Feed, phase: Phase, count: int) -> list[Batch]:
    """The first `count` batches of the epoch in the middle of `phase`, where a fading block is half there.

    An epoch with fewer is begun again.
    """
    epochs = [number for number, plan in enumerate(feed.plans) if plan.phase == phase]
    middle = epochs[len(epochs) // 2]
    return list(islice(chain.from_iterable(map(feed.epoch, repeat(middle))), count))


def pictures(engine: Engine, cell: Cell, shape: NetworkShape, alpha: float) -> Arrays:
    """Images of weights with the spread of trained ones, so that every grey level occurs."""
    engine.load_weights(spread_weights(engine))
    network = cell.model.network
    latents = Streams(cell.seed).progress_latents(IMAGES, network.noise_size(shape.image_size))
    labels = np.eye(shape.classes, dtype=np.float32)[np.arange(IMAGES) % shape.classes] if network.conditional else None
    return {"images": engine.generate(latents, labels, alpha)}


def spread_weights(engine: Engine) -> Arrays:
    """Weights with the spread of trained ones: float32 values, the same for every engine."""
    return {name: _spread(name, shape) for name, shape in engine.weight_shapes().items()}


def _spread(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    draws = generator(7, f"parity/{name}")
    if name.endswith("running_variance"):
        return draws.uniform(0.5, 1.5, shape).astype(np.float32)
    centre = 1.0 if name.endswith("scale") else 0.0
    return (centre + 0.1 * draws.standard_normal(shape)).astype(np.float32)


def run(job: Job, probe: Probe[Any]) -> Arrays:
    """Everything that `job` asks for."""
    dataset, shape = open_data(job.cell, job.data_dir, job.cache_dir)
    engine = build_engine(job.cell, shape)
    phases = job.cell.phases()
    if job.phase > 0:
        engine.begin_phase(phases[job.phase])
    if job.mistake is not None:
        getattr(probe, job.mistake)(engine)
    found: Arrays = {}
    if "ladder" in job.parts:
        batches = first_batches(Feed.of(job.cell, dataset), phases[job.phase], job.iterations)
        found.update(ladder(engine, probe, job.cell, batches))
    if "images" in job.parts:
        found.update(pictures(engine, job.cell, shape, alpha=0.5 if phases[job.phase].fading else 1.0))
    return found


def work(emit: Emitter) -> int:
    """Compute the jobs of one engine, in order."""
    jobs = [Job.model_validate(each) for each in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))]
    out = Path(sys.argv[2])
    probe = load_probe(jobs[0].cell.engine)
    for job in jobs:
        with atomic_write(out / f"{job.name}.npz") as handle:
            np.savez(handle, **cast(dict[str, Any], run(job, probe)))
    emit({"event": "finished"})
    return 0


if __name__ == "__main__":
    sys.exit(report(work))
