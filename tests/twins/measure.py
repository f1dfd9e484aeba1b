"""Measures one engine, in a process of its own, for the tests of this folder.

Usage: python measure.py ENGINE ARRAYS.npz NOTES.json MODELS, for measure_models.py, separated by commas

Only what goes in and what comes out is written down; every expectation stands in the tests.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure_by_hand
import measure_models
import measure_spectral
import numpy as np

from benchmarks.running.engines import build_engine
from common.engine import Batch, Engine
from common.errors import BadInput
from common.initial_weights import initial_weights
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.engines import check_engine
from common.specs.models import model_spec
from common.specs.networks import NetworkShape
from common.specs.objectives import BinaryCrossEntropy, Hinge, LeastSquares, Relativistic, Wasserstein
from common.specs.optimizers import AdamSpec, RmspropSpec, SgdSpec

Arrays = dict[str, np.ndarray]
SIDE, CHANNELS, BATCH, WIDTH, LATENT = 16, 1, 4, 2, 5
STILL = 1e-30  # a learning rate that moves nothing
OBJECTIVES = {
    "cross-entropy": BinaryCrossEntropy(),
    "smoothed": BinaryCrossEntropy(real_target=0.75, fake_target=0.125, generator_target=0.875),
    "squares": LeastSquares(),
    "squares-moved": LeastSquares(real_target=2.0, fake_target=-1.0, generator_target=0.5),
    "wasserstein": Wasserstein(),
    "drift": Wasserstein(drift=0.5),
    "hinge": Hinge(),
    "hinge-wide": Hinge(margin=4.0),
    "relativistic": Relativistic(),
}
OPTIMIZERS = {
    "adam": AdamSpec(learning_rate=0.125, beta_1=0.5, beta_2=0.75),
    "adam-usual": AdamSpec(learning_rate=2e-4, beta_1=0.5, beta_2=0.999),
    "adam-without-momentum": AdamSpec(learning_rate=1e-4, beta_1=0.0, beta_2=0.9),
    "rmsprop": RmspropSpec(learning_rate=5e-5, rho=0.99),
    "sgd": SgdSpec(learning_rate=0.5),
    "adam-stock": AdamSpec(learning_rate=2e-4, beta_1=0.5, beta_2=0.999, form="stock"),
    "rmsprop-stock": RmspropSpec(learning_rate=5e-5, rho=0.99, form="stock"),
}


class Bench:
    """One engine under measurement, and what was found so far."""

    def __init__(self, name: str) -> None:
        self.name, self.execution = name, check_engine(name)
        self.arrays: Arrays = {}
        self.notes: dict[str, Any] = {}

    def engine(self, model: str, precision: str = "fp64", **changes: Any) -> Engine:
        """A tiny engine with spread weights; `changes` are fields, `__` for the dot."""
        small = {"network.width": WIDTH, "network.latent_size": LATENT}
        spec = override(model_spec(model), small | {name.replace("__", "."): each for name, each in changes.items()})
        training = TrainingSpec(batch_size=BATCH, image_size=SIDE)
        cell = Cell(
            model=spec,
            engine=self.name,
            dataset="mnist-5k",
            execution=self.execution,
            precision=precision,
            training=training,
        )
        engine = build_engine(cell, NetworkShape(image_size=SIDE, channels=CHANNELS), threads=1)
        engine.load_weights(spread(engine, np.float32 if precision == "fp32" else np.float64))
        return engine

    def keep(self, prefix: str, arrays: dict[str, Any]) -> None:
        """Write arrays down below `prefix`."""
        self.arrays |= {f"{prefix}/{name}": np.array(array) for name, array in arrays.items()}


def spread(engine: Engine, dtype: Any) -> Arrays:
    """Weights far from 0, and running statistics far from 0 and 1, each from its own name."""
    made = {}
    for name, shape in engine.weight_shapes().items():
        rng = np.random.default_rng(list(name.encode()))
        centre = 1.0 if name.endswith("scale") else 0.0
        values = centre + 0.3 * rng.standard_normal(shape)
        made[name] = (rng.uniform(0.5, 1.5, shape) if name.endswith("running_variance") else values).astype(dtype)
    return made


def batch(seed: int, updates: int = 1) -> Batch:
    """Noise for images, and different for every critic update."""
    rng = np.random.default_rng(seed)
    draws = 1 if updates == 1 else updates + 1
    return Batch(
        images=rng.integers(0, 256, (updates, BATCH, SIDE, SIDE, CHANNELS), dtype=np.uint8),
        latents=rng.standard_normal((draws, BATCH, LATENT), dtype=np.float32),
        mixing=rng.random((updates, BATCH), dtype=np.float32),
        alpha=np.array(1.0, dtype=np.float32),
    )


# --- objectives and optimisers --------------------------------------------------------------------------------------


def objectives(bench: Bench, side: Any) -> None:
    logits = {
        "few": (np.array([0.0, np.log(3.0)]), np.array([0.0, -np.log(3.0)])),
        "many": (np.linspace(-9, 7, 33), np.linspace(6, -11, 33) ** 3 / 50),
        "far": (np.array([-1000.0, 1000.0, 25.0]), np.array([1000.0, -1000.0, -25.0])),
    }
    for kind, (real, fake) in logits.items():
        bench.keep(f"logits/{kind}", {"real": real, "fake": fake})
        for name, spec in OBJECTIVES.items():
            values, slopes = side.losses(spec, real, fake)
            bench.keep(f"term/{name}/{kind}", values)
            bench.keep(f"slope/{name}/{kind}", slopes)

    _, at_margin = side.losses(Hinge(margin=0.5), np.array([0.25, 0.5]), np.array([-0.5, 0.25]))
    bench.keep("hinge at the margin", at_margin)


def penalties(bench: Bench, side: Any) -> None:
    rng = np.random.default_rng(3)
    real, fake = rng.standard_normal((2, 5, 4, 4, 3))
    mixing = np.array([0.0, 1.0, 0.25, 0.5, 0.9])
    weights = rng.standard_normal((4, 4, 3))
    bench.keep("penalty", {"real": real, "fake": fake, "mixing": mixing, "weights": weights})
    spec = Wasserstein(gradient_penalty=10.0)
    for name, power, values in (("linear", 1, weights), ("square", 2, weights), ("flat", 1, np.zeros_like(weights))):
        value, slope = side.penalty(spec, power, values, real, fake, mixing)
        bench.keep(f"penalty/{name}", {"value": value, "slope": slope})
    for name, light in (
        ("light", Wasserstein(gradient_penalty=0.5)),
        ("r1", Wasserstein(r1=0.75)),
        ("r2", Relativistic(r2=3.0)),
        ("all", Wasserstein(gradient_penalty=10.0, r1=0.75, r2=3.0)),
    ):
        for form, power in (("", 1), ("-square", 2)):
            value, slope = side.penalty(light, power, weights, real, fake, mixing)
            bench.keep(f"penalty/{name}{form}", {"value": value, "slope": slope})


def optimizer_paths(bench: Bench, side: Any) -> None:
    rng = np.random.default_rng(4)
    start = [rng.standard_normal(6), rng.standard_normal((2, 3))]
    sizes = np.array([1e3, 1.0, 1e-6, 1e-9, 1e-12, 0.0])
    steps = [[sizes * rng.standard_normal(6), rng.standard_normal((2, 3)) * 1e-8] for _ in range(8)]
    for index, array in enumerate(start):
        bench.arrays[f"optimizer/start/{index}"] = array
        bench.arrays[f"optimizer/gradients/{index}"] = np.stack([step[index] for step in steps])
    for name, spec in OPTIMIZERS.items():
        path = side.optimize(spec, start, steps)
        bench.keep(f"optimizer/{name}", {str(index): np.stack([at[index] for at in path]) for index in range(2)})


# --- networks -------------------------------------------------------------------------------------------------------


def first_losses(bench: Bench) -> None:
    """Losses of one iteration in float64, and images of the same weights, for an independent forward pass."""
    data = batch(11)
    bench.keep("batch", {"images": data.images, "latents": data.latents, "mixing": data.mixing})
    latents = np.random.default_rng(5).standard_normal((9, LATENT), dtype=np.float32)
    bench.arrays["sample/latents"] = latents
    for norm in ("batch", "group", "none"):
        engine = bench.engine("lsgan", network__critic_norm=norm, optimizer__learning_rate=STILL)
        bench.keep(f"network/{norm}", engine.weights())
        bench.arrays[f"sample/{norm}"] = engine.generate(latents)
        engine.train_iteration(data)
        bench.keep(f"first/{norm}", engine.losses())
        bench.keep(f"after/{norm}", engine.weights())


def slopes(bench: Bench) -> None:
    """What one tiny step says about every gradient, and central differences of the losses for some of their entries."""
    data = batch(12)
    for model in ("dcgan", "lsgan", "wgan", "wgan-gp"):
        once = {"n_critic": 1} | ({"objective__weight_clip": 1e6} if model == "wgan" else {})
        rate = 1e-9  # the generator's gradient is taken after the critic's step, which must not be felt
        moving = bench.engine(model, optimizer={"kind": "sgd", "learning_rate": rate}, **once)
        start = moving.weights()
        moving.train_iteration(data)
        moved = moving.weights()
        still = bench.engine(model, optimizer={"kind": "sgd", "learning_rate": STILL}, **once)
        for name, array in start.items():
            if "running" in name:
                continue
            bench.arrays[f"step/{model}/{name}"] = (array - moved[name]) / np.float64(np.float32(rate))
            rng = np.random.default_rng(list(name.encode()))
            for index in rng.choice(array.size, min(2, array.size), replace=False):
                place = np.unravel_index(index, array.shape)
                bench.arrays[f"difference/{model}/{name}/{index}"] = difference(still, start, name, place, data)


def difference(engine: Engine, start: Arrays, name: str, place: tuple, data: Batch) -> np.ndarray:
    """The central difference of the network's own loss for one entry of one weight."""
    found = []
    for move in (1e-5, -1e-5):
        moved = {each: array.copy() for each, array in start.items()}
        moved[name][place] += move
        engine.load_weights(moved)
        engine.train_iteration(data)
        found.append(engine.losses()[name.partition(".")[0]][0])
    return np.array((found[0] - found[1]) / 2e-5)


# --- the engine protocol --------------------------------------------------------------------------------------------


def round_trip(bench: Bench) -> None:
    engine = bench.engine("dcgan", "fp32")
    values = initial_weights(engine.weight_shapes(), 0, engine.model.network.initialization)
    engine.load_weights(values)
    read = engine.weights()
    bench.keep("loaded", values)
    bench.keep("read", read)
    for array in read.values():
        array[...] = 7
    bench.notes["weights are copies"] = not any(np.any(array == 7) for array in engine.weights().values())
    bench.notes["dtypes"] = sorted({str(array.dtype) for array in engine.weights().values()})
    bench.notes["dtypes fp64"] = sorted({str(array.dtype) for array in bench.engine("dcgan").weights().values()})
    name = "generator.body.up_8.conv.kernel"
    wrong = {
        "missing": {key: each for key, each in values.items() if key != name},
        "unknown": {**values, "generator.extra.kernel": np.zeros(3, np.float32)},
        "shape": {**values, name: np.zeros((4, 4, 1, 1), np.float32)},
    }
    for kind, weights in wrong.items():
        bench.notes[f"refuses {kind}"] = refusal(engine.load_weights, weights)
    state = engine.state()
    slot = next(key for key in state if key.startswith("optimizer/") and key.endswith(name))
    bench.notes["refuses state"] = refusal(engine.load_state, {k: v for k, v in state.items() if k != slot})
    bench.notes["slot"] = slot
    bench.notes["state names"] = sorted(state)


def refusal(load: Callable[[Arrays], None], values: Arrays) -> str:
    """The sentence of the BadInput that loading raises."""
    try:
        load(values)
    except BadInput as error:
        return str(error)
    return "accepted"


def continuing(bench: Bench) -> None:
    """Two more iterations, once in the same engine and once in a new one that was given the state."""
    for model, updates in (("dcgan", 1), ("wgan", 2), ("wgan-gp", 2)):
        engine = bench.engine(model, "fp32", n_critic=updates)
        for seed in (1, 2):
            engine.train_iteration(batch(seed, updates))
        engine.losses()
        state = engine.state()
        taken = {name: array.copy() for name, array in state.items()}
        other = bench.engine(model, "fp32", n_critic=updates)
        for way, each in (("on", engine), ("resumed", other)):
            if each is other:
                other.load_state(state)
            for seed in (3, 4):
                each.train_iteration(batch(seed, updates))
            bench.keep(f"{way}/{model}", {**each.state(), **{f"losses/{k}": v for k, v in each.losses().items()}})
        bench.keep(f"at/{model}", taken)
        bench.notes[f"state is a copy {model}"] = all(np.array_equal(taken[name], state[name]) for name in taken)


def loss_log(bench: Bench) -> None:
    """Several critic updates that move nothing, so that a loss tells which images and noise it was taken from."""
    still = {"n_critic": 2, "optimizer": {"kind": "sgd", "learning_rate": STILL}, "network__critic_norm": "none"}
    engine = bench.engine("wgan-gp", **still)
    comparing = bench.engine("wgan-gp", objective={"kind": "relativistic"}, **still)
    whole = batch(21, 2)

    def logged(*updates: int, last: int = 2, engine: Engine = engine) -> dict[str, np.ndarray]:
        chosen = list(updates)
        engine.train_iteration(
            Batch(whole.images[chosen], whole.latents[[*chosen, last]], whole.mixing[chosen], whole.alpha)
        )
        return engine.losses()

    for name, losses in (
        ("0 1", logged(0, 1)),
        ("1 1", logged(1, 1)),
        ("1 0", logged(1, 0)),
        ("0 1 last 0", logged(0, 1, last=0)),
        ("0 1 pairs", logged(0, 1, engine=comparing)),
        ("1 1 pairs", logged(1, 1, engine=comparing)),
        ("1 0 pairs", logged(1, 0, engine=comparing)),
    ):
        bench.keep(f"log/{name}", losses)
    bench.notes["losses after losses"] = {name: len(array) for name, array in engine.losses().items()}
    for _ in range(3):
        engine.train_iteration(whole)
    bench.keep("log/three", engine.losses())


def sampling(bench: Bench) -> None:
    engine = bench.engine("dcgan", "fp32")
    engine.train_iteration(batch(1))
    before = engine.state()
    latents = np.random.default_rng(6).standard_normal((300, LATENT), dtype=np.float32)
    latents.flags.writeable = False
    whole = engine.generate(latents)
    pieces = [engine.generate(latents[start:stop]) for start, stop in ((0, 7), (7, 8), (8, 258), (258, 300))]
    bench.keep("generate", {"whole": whole, "pieces": np.concatenate(pieces), "again": engine.generate(latents)})
    after = engine.state()
    bench.notes["sampling changes nothing"] = all(np.array_equal(before[name], after[name]) for name in before)
    report = engine.device_report()
    bench.notes["device"] = [report.device, report.used, report.threads, report.peak_device_bytes, report.versions]


def clipping_and_penalty(bench: Bench) -> None:
    engine = bench.engine("wgan", "fp32", n_critic=2)
    bench.keep("clip/before", engine.weights())
    data = batch(31, 2)
    frozen = Batch(*(np.array(each) for each in (data.images, data.latents, data.mixing)), alpha=data.alpha)
    for array in (frozen.images, frozen.latents, frozen.mixing):
        array.flags.writeable = False  # a batch may be a view of memory that nobody may write
    engine.train_iteration(frozen)
    engine.synchronize()
    bench.keep("clip/after", engine.weights())
    for weight in (0.0, 10.0):
        still = bench.engine("wgan-gp", n_critic=1, objective__gradient_penalty=weight, optimizer={"kind": "sgd"})
        still.train_iteration(batch(32))
        bench.keep(f"penalized/{weight}", {**still.weights(), **{f"loss {k}": v for k, v in still.losses().items()}})


def main() -> None:
    """Measure everything."""
    engine, arrays, notes, models = sys.argv[1:]
    bench = Bench(engine)
    first_losses(bench)  # builds engines first: the framework is imported the way every worker imports it
    side = importlib.import_module(f"{engine.partition('-')[0]}_side")
    for measure in (objectives, penalties, optimizer_paths):
        measure(bench, side)
    for measure in (slopes, round_trip, continuing, loss_log, sampling, clipping_and_penalty):
        measure(bench)
    measure_models.measure(bench, spread, models.split(","))
    measure_by_hand.measure(bench, spread, side)
    measure_spectral.measure(bench, spread, side)
    own_arrays, own_notes = side.own_measurements(lambda: bench.engine("wgan-gp", "fp32"))
    bench.arrays |= own_arrays
    bench.notes |= own_notes
    np.savez(arrays, **bench.arrays)
    Path(notes).write_text(json.dumps(bench.notes), encoding="utf-8")


if __name__ == "__main__":
    main()
