"""The training loop with an engine of NumPy and a clock that only the engine moves: accounts, divergence, resuming."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.drawing.request import Request, find_trained, inputs
from benchmarks.results.cell_folder import CellFolder
from benchmarks.training.epoch import DivergedError
from benchmarks.training.loop import TrainingLoop
from common.engine import Batch, DeviceReport
from common.images import quantize
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.judge import JudgeSpec
from common.specs.models import ModelSpec, model_spec
from common.specs.networks import DcganSpec, GrowingSpec, NetworkShape
from common.specs.phases import Phase, Stage
from common.streams import generator
from common.tensor_files import load_tensors

TRAIN, FIRST_TRAIN, SAMPLE, FIRST_SAMPLE, START = 0.125, 50.0, 0.5, 30.0, 7.0
IMAGES = np.random.default_rng(0).integers(
    0, 256, (27, 16, 16, 1), dtype=np.uint8
)  # six iterations of four, three over


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class NumpyEngine:
    """One generator weight and one moment, moved by every byte of a batch; the clock moves with its work."""

    def __init__(self, clock: Clock, nan_at: int | None = None, crash_at: int | None = None) -> None:
        self.clock, self.nan_at, self.crash_at = clock, nan_at, crash_at
        self.calls: list[Any] = []
        self.values = {"generator.x.kernel": np.zeros(2, np.float32), "discriminator.y.bias": np.zeros(3, np.float32)}
        self.moment, self.step, self.pending = np.zeros(2), 0, []
        self.compiled: set[str] = set()
        self.bad_pixels = False

    def work(self, kind: str, seconds: float, first: float) -> None:
        self.clock.now += seconds if kind in self.compiled else first
        self.compiled.add(kind)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self.values.items()}

    def weights(self) -> dict[str, np.ndarray]:
        return {name: array.copy() for name, array in self.values.items()}

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        self.values = {name: np.array(weights[name]) for name in self.values}

    def begin_phase(self, phase: Phase) -> None:
        self.calls.append(("phase", phase.resolution, phase.fading))
        self.moment[:] = 0
        self.compiled.clear()

    def train_iteration(self, batch: Batch) -> None:
        self.step += 1
        if self.step == self.crash_at:
            raise RuntimeError("power cut")
        self.calls.append("train")
        self.work("train", TRAIN, FIRST_TRAIN)
        seen = np.array([batch.images.mean(), batch.latents.mean() + batch.mixing.sum() + batch.alpha])
        self.moment = 0.9 * self.moment + 0.1 * seen
        self.values["generator.x.kernel"] = (self.values["generator.x.kernel"] + 0.01 * self.moment).astype(np.float32)
        self.pending.append(np.nan if self.step == self.nan_at else float(self.moment.sum()))

    def losses(self) -> dict[str, np.ndarray]:
        self.calls.append("losses")
        taken, self.pending = np.array(self.pending), []
        return {"discriminator": taken * 2 if self.nan_at != 0 else taken, "generator": taken} if len(taken) else {}

    def generate(self, latents: np.ndarray, labels: Any = None, alpha: float = 1.0) -> np.ndarray:
        self.calls.append(("generate", len(latents), None if labels is None else labels.argmax(1).tolist()[:3], alpha))
        self.work("sample", SAMPLE, FIRST_SAMPLE)
        shade = np.tanh(latents.mean(1) + self.values["generator.x.kernel"].mean() / 100)
        images = np.broadcast_to(shade[:, None, None, None], (len(latents), 4, 4, 1)).copy()
        if self.bad_pixels:
            images[0, 0, 0, 0] = np.inf
        return quantize(images)

    def state(self) -> dict[str, np.ndarray]:
        return {**self.weights(), "moment": self.moment.copy(), "step": np.array([self.step])}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        assert state.keys() == self.state().keys()
        self.load_weights(state)
        self.moment, self.step = np.array(state["moment"]), int(state["step"][0])

    def synchronize(self) -> None:
        self.calls.append("synchronize")

    def device_report(self) -> DeviceReport:
        return DeviceReport("cpu", "numpy", 1, None, {"numpy": np.__version__})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def cell(network: Any = None, **training: Any) -> Cell:
    data = {**model_spec("dcgan").model_dump(), "network": (network or DcganSpec(latent_size=3)).model_dump()}
    fields = {"epochs": 3, "batch_size": 4, "image_size": 16, "sample_count": 10, **training}
    return Cell(
        model=ModelSpec.model_validate(data),
        engine="torch",
        dataset="test",
        execution="eager",
        training=TrainingSpec(**fields),
    )


Train = Callable[..., tuple[TrainingLoop, NumpyEngine, list[dict[str, Any]]]]


@pytest.fixture
def loop(clock: Clock, tmp_path: Path) -> Train:
    def make(
        made: Cell | None = None, folder: str = "cell", labels: Any = None, **engine: Any
    ) -> tuple[TrainingLoop, NumpyEngine, list[dict[str, Any]]]:
        events: list[dict[str, Any]] = []
        dataset: Any = SimpleNamespace(images=IMAGES, labels=labels, manifest=SimpleNamespace(classes=tuple("abc")))
        numpy = NumpyEngine(clock, **engine)
        shape = NetworkShape(image_size=16, channels=1, classes=3)
        place = CellFolder(tmp_path / folder)
        return TrainingLoop(made or cell(), numpy, dataset, shape, place, events.append, START), numpy, events

    return make


# --- clocks ---------------------------------------------------------------------------------------------------------


def test_every_second_is_in_its_account_and_compiling_in_no_epoch(loop: Train) -> None:
    training = loop()[0].run()
    clocks = training.clocks
    assert clocks.startup_seconds == START
    assert clocks.compile_seconds == FIRST_TRAIN + FIRST_SAMPLE
    assert clocks.final_sampling_seconds == SAMPLE
    assert [epoch.epoch for epoch in clocks.epochs] == [1, 2, 3]
    assert [epoch.timed_iterations for epoch in clocks.epochs] == [5, 6, 6]
    assert [epoch.train_seconds for epoch in clocks.epochs] == [5 * TRAIN, 6 * TRAIN, 6 * TRAIN]
    assert [epoch.data_wait_seconds for epoch in clocks.epochs] == [0, 0, 0]
    assert [epoch.sampling_seconds for epoch in clocks.epochs] == [SAMPLE] * 3
    assert [epoch.checkpoint_seconds for epoch in clocks.epochs] == [0, 0, 0]
    assert (training.iterations_per_epoch, training.images_per_iteration) == (6, 4)
    assert training.parameters == {"discriminator": 3, "generator": 2}
    assert training.hardware.used == "numpy"
    assert training.resumed_at_epochs == []


def test_running_statistics_are_no_parameters(loop: Train) -> None:
    made, engine, _ = loop()
    for name in ("norm.running_mean", "norm.running_variance", "stem.w_average"):
        engine.values[f"generator.{name}"] = np.zeros(7, np.float32)
    assert made.summary().parameters == {"discriminator": 3, "generator": 2}


def test_the_device_is_waited_for_where_a_window_ends_and_nowhere_else(loop: Train) -> None:
    made, engine, _ = loop()
    made.run()
    progress = ("generate", 64, None, 1.0)
    end = ["synchronize", "losses", progress]
    assert engine.calls == [
        progress,
        *["train", "synchronize", *["train"] * 5, *end],
        *[*["train"] * 6, *end] * 2,
        ("generate", 10, None, 1.0),
    ]


def test_waiting_for_data_is_not_training(loop: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real clock, on which data come slowly
    import benchmarks.training.feed

    gather = benchmarks.training.feed.gather

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.03)
        return gather(*arguments)

    monkeypatch.setattr(benchmarks.training.feed, "gather", slowly)
    training = loop(cell(epochs=2))[0].run()
    epoch = training.clocks.epochs[1]
    assert epoch.data_wait_seconds > 0.1  # six batches of 0.03 s
    assert epoch.train_seconds < epoch.data_wait_seconds


def test_events_tell_of_progress_and_of_epochs(loop: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.training.epoch.TICK_SECONDS", 2 * TRAIN)
    made, _, events = loop(cell(epochs=2))
    training = made.run()
    assert [event["event"] for event in events] == [*["progress"] * 2, "epoch", *["progress"] * 3, "epoch", "sampling"]
    assert [event["iteration"] for event in events if event["event"] == "progress"] == [2, 4, 2, 4, 6]
    last = [event for event in events if event["event"] == "epoch"][-1]
    assert (last["epoch"], last["epochs"], last["seconds"]) == (2, 2, 6 * TRAIN)
    assert last["images_per_second"] == pytest.approx(4 / TRAIN)
    assert last["losses"]["generator"] == pytest.approx(np.mean(training.losses["generator"][6:]))
    # fetching the losses early loses none
    assert {name: len(values) for name, values in training.losses.items()} == {"discriminator": 12, "generator": 12}


# --- what it leaves -------------------------------------------------------------------------------------------------


def test_artefacts_of_a_training(loop: Train, tmp_path: Path) -> None:
    made, engine, _ = loop()
    made.run()
    folder = tmp_path / "cell"
    assert sorted(path.name for path in (folder / "progress").iterdir()) == [f"epoch_000{n}.npy" for n in range(4)]
    assert sorted(path.name for path in (folder / "checkpoint").iterdir()) == [
        "epoch_0002.safetensors",
        "epoch_0003.safetensors",
    ]
    samples = np.load(folder / "samples.npy")
    assert (samples.shape, samples.dtype) == ((10, 4, 4, 1), np.uint8)
    tensors, notes = load_tensors(folder / "generator.safetensors")
    assert list(tensors) == ["generator.x.kernel"]
    np.testing.assert_array_equal(tensors["generator.x.kernel"], engine.values["generator.x.kernel"])
    assert Cell.model_validate(notes["cell"]) == cell()
    assert notes["shape"] == {"image_size": 16, "channels": 1, "classes": 3}
    assert not list(folder.rglob("*.part"))


def test_scored_samples_are_drawn_from_the_noise_that_sample_draws_from(loop: Train, tmp_path: Path) -> None:
    """Evaluation noise starts at index 0, row by row, each row a stream of its own."""
    made, engine, _ = loop()
    drawn = []
    generate = engine.generate
    engine.generate = lambda latents, *rest: (drawn.append(latents), generate(latents, *rest))[1]  # type: ignore[method-assign]
    made.run()
    rows = [generator(0, "evaluation", row).standard_normal(3, dtype=np.float32) for row in range(10)]
    np.testing.assert_array_equal(drawn[-1], rows)
    trained = find_trained(tmp_path / "cell")
    latents, _, _ = inputs(Request(weights=tmp_path / "cell", count=10, seed=cell().seed), trained)
    np.testing.assert_array_equal(drawn[-1], latents)


def test_conditional_samples_ask_for_every_class_in_turn(loop: Train, tmp_path: Path) -> None:
    made, engine, _ = loop(cell(DcganSpec(latent_size=3, conditional=True)), labels=np.arange(27) % 3)
    made.run()
    asked = [call for call in engine.calls if call[0] == "generate"]
    assert asked[0] == ("generate", 64, [0, 1, 2], 1.0)
    assert asked[-1] == ("generate", 10, [0, 1, 2], 1.0)
    assert np.load(tmp_path / "cell" / "sample_labels.npy").tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]


def judged_every(made: Cell, every: int) -> Cell:
    return made.model_copy(update={"judge": JudgeSpec(every=every)})


def test_generators_on_the_way_are_kept_for_the_judge_and_outside_of_the_clocked_training(
    loop: Train, tmp_path: Path
) -> None:
    plain, looked_at = cell(epochs=5), judged_every(cell(epochs=5), 2)
    assert (plain.judged_epochs(), looked_at.judged_epochs()) == ([], [2, 4, 5])
    assert (plain.id, plain.model_copy(update={"judge": looked_at.judge})) == (looked_at.id, looked_at)
    before, after = loop(plain, "plain")[0].run(), loop(looked_at, "looked at")[0].run()
    assert (before.losses, before.clocks.compile_seconds) == (after.losses, after.clocks.compile_seconds)
    for one, other, drawn in zip(before.clocks.epochs, after.clocks.epochs, (1, 2, 1, 2, 1), strict=True):
        assert (one.train_seconds, one.sampling_seconds) == (other.train_seconds, SAMPLE)
        assert other.sampling_seconds == drawn * SAMPLE
    place = CellFolder(tmp_path / "looked at")
    assert sorted(path.name for path in (place.path / "judged").iterdir()) == [
        f"epoch_000{epoch}.{kind}" for epoch in (2, 4) for kind in ("npy", "safetensors")
    ]
    _, notes = load_tensors(place.judged_generator_file(4))
    assert (notes["epoch"], find_trained(place.judged_generator_file(4)).cell) == (4, looked_at)
    two = load_tensors(place.judged_generator_file(2))[0]["generator.x.kernel"]
    short, _, _ = loop(cell(epochs=2), "short")
    short.run()
    np.testing.assert_array_equal(
        two, load_tensors(tmp_path / "short" / "generator.safetensors")[0]["generator.x.kernel"]
    )
    assert place.judged_samples_file(2).read_bytes() == (tmp_path / "short" / "samples.npy").read_bytes()


def test_growing_networks_are_judged_once_they_are_grown() -> None:
    """One epoch at 4, then at 8 one of fading in and one of staying, at 16 two and three: the last three are whole."""
    stages = (Stage(resolution=8), Stage(resolution=16, fade=2.0, stable=3.0))
    network = GrowingSpec(width=4, latent_size=3, deviation_group=2, stages=stages)
    made = cell(network, epochs=1)
    assert sum(phase.epochs for phase in made.phases()) == 8
    assert [judged_every(made, every).judged_epochs() for every in (1, 2, 7, 99)] == [[6, 7, 8], [6, 8], [7, 8], [8]]


# --- divergence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "epoch", "iteration"), [(1, 1, 1), (6, 1, 6), (7, 2, 1), (16, 3, 4), (18, 3, 6)])
def test_a_nan_loss_ends_the_training_with_its_epoch_and_iteration(
    loop: Train, tmp_path: Path, step: int, epoch: int, iteration: int
) -> None:
    made, _, _ = loop(nan_at=step)
    with pytest.raises(DivergedError, match="loss became nan") as caught:
        made.run()
    assert (caught.value.epoch, caught.value.iteration) == (epoch, iteration)
    summary = made.summary()
    assert len(summary.clocks.epochs) == epoch - 1
    assert np.isfinite(summary.losses["generator"][: step - 1]).all()
    assert np.isnan(summary.losses["generator"][step - 1])
    assert len(list((tmp_path / "cell").rglob("epoch_*.safetensors"))) == min(2, epoch - 1)  # none of the broken epoch


def test_divergence_after_resuming_has_the_right_iteration(loop: Train) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        loop(crash_at=9)[0].run()
    with pytest.raises(DivergedError) as caught:
        loop(nan_at=15)[0].run()
    assert (caught.value.epoch, caught.value.iteration) == (3, 3)


def test_pixels_that_are_not_finite_end_the_training(loop: Train) -> None:
    made, engine, _ = loop()
    engine.bad_pixels = True
    with pytest.raises(DivergedError, match="1 of 64 images contain values that are not finite") as caught:
        made.run()
    assert caught.value.epoch == 0


# --- resuming -------------------------------------------------------------------------------------------------------

GROWING = GrowingSpec(
    width=4,
    latent_size=3,
    deviation_group=2,
    stages=(Stage(resolution=8, fade=1.0, stable=1.0), Stage(resolution=16, fade=2.0, stable=1.0)),
)


def left(folder: Path) -> dict[str, Any]:
    """Everything a training left but its checkpoints, which hold clocks."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name != "checkpoint"):
        name = str(path.relative_to(folder))
        found[name] = path.read_bytes()
    return found


@pytest.mark.parametrize("network", [None, GROWING], ids=["whole", "growing"])
@pytest.mark.parametrize(("every", "crash", "done"), [(1, 3, 0), (1, 8, 1), (1, 13, 2), (2, 19, 2), (1, 24, 3)])
def test_an_interrupted_training_ends_like_one_that_was_not(
    loop: Train, tmp_path: Path, network: Any, every: int, crash: int, done: int
) -> None:
    made = judged_every(cell(network, epochs=4 if network is None else 1, checkpoint_every=every), 1)
    whole = loop(made, "whole")[0].run()
    with pytest.raises(RuntimeError, match="power cut"):
        loop(made, "cut", crash_at=crash)[0].run()
    resumed = loop(made, "cut")[0].run()
    assert left(tmp_path / "cut") == left(tmp_path / "whole")
    assert resumed.losses == whole.losses
    assert resumed.resumed_at_epochs == ([done] if done else [])
    assert [epoch.epoch for epoch in resumed.clocks.epochs] == [epoch.epoch for epoch in whole.clocks.epochs]
    # a process that goes on starts and compiles again, and says so
    assert resumed.clocks.startup_seconds == (2 * START if done else START)
    if done and network is None:
        assert resumed.clocks.compile_seconds == 2 * (FIRST_TRAIN + FIRST_SAMPLE)
        assert [epoch.timed_iterations for epoch in resumed.clocks.epochs][done] == 5


def test_a_training_may_be_interrupted_twice(loop: Train, tmp_path: Path) -> None:
    whole = loop(folder="whole")[0].run()
    for crash in (8, 15):
        with pytest.raises(RuntimeError, match="power cut"):
            loop(crash_at=crash)[0].run()
    resumed = loop()[0].run()
    assert resumed.resumed_at_epochs == [1, 2]
    assert resumed.losses == whole.losses
    assert left(tmp_path / "cell") == left(tmp_path / "whole")


def test_a_training_interrupted_while_sampling_trains_no_more(loop: Train, tmp_path: Path) -> None:
    loop(folder="whole")[0].run()
    loop()[0].run()
    for name in ("samples.npy", "generator.safetensors"):
        (tmp_path / "cell" / name).unlink()
    made, engine, _ = loop()
    made.run()
    assert "train" not in engine.calls
    assert left(tmp_path / "cell") == left(tmp_path / "whole")


def test_another_cells_checkpoint_is_not_resumed(loop: Train) -> None:
    loop()[0].run()
    other, engine, _ = loop(override(cell(), {"model.network.leaky_slope": 0.3}))
    assert other.run().resumed_at_epochs == []
    assert engine.calls.count("train") == 18


def test_growth_begins_each_phase_once_and_fades_its_samples(loop: Train) -> None:
    made, engine, _ = loop(cell(GROWING, epochs=1))
    training = made.run()
    assert [call for call in engine.calls if call[0] == "phase"] == [
        ("phase", 8, True),
        ("phase", 8, False),
        ("phase", 16, True),
        ("phase", 16, False),
    ]
    assert [call[3] for call in engine.calls if call[0] == "generate"] == [1, 1, 1, 1, 0.5, 1, 1, 1]
    assert [(epoch.resolution, epoch.fading, epoch.timed_iterations) for epoch in training.clocks.epochs] == [
        (4, False, 5),
        (8, True, 5),
        (8, False, 5),
        (16, True, 5),
        (16, True, 6),
        (16, False, 5),
    ]
    assert training.clocks.compile_seconds == 5 * (FIRST_TRAIN + FIRST_SAMPLE)


def test_a_growing_training_goes_on_in_the_phase_it_was_in(loop: Train) -> None:
    made = cell(GROWING, epochs=1)
    with pytest.raises(RuntimeError, match="power cut"):
        loop(made, crash_at=26)[0].run()  # in the second epoch of fading 16x16 in
    resumed, engine, _ = loop(made)
    assert resumed.run().resumed_at_epochs == [4]
    assert [call for call in engine.calls if call[0] == "phase"] == [("phase", 16, True), ("phase", 16, False)]
