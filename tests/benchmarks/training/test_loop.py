"""The training loop with an engine of NumPy and a clock that only the engine moves: accounts, divergence, resuming."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.drawing.request import Request, find_trained, inputs
from benchmarks.training.epoch import DivergedError
from common.specs.cell import Cell, override
from common.specs.networks import DcganSpec
from common.streams import generator
from common.tensor_files import load_tensors
from tests.benchmarks.training import numpy_engine

clock = numpy_engine.clock
loop = numpy_engine.loop
cell = numpy_engine.cell
judged_every = numpy_engine.judged_every
GROWING = numpy_engine.GROWING
TRAIN = numpy_engine.TRAIN
FIRST_TRAIN = numpy_engine.FIRST_TRAIN
SAMPLE = numpy_engine.SAMPLE
FIRST_SAMPLE = numpy_engine.FIRST_SAMPLE
START = numpy_engine.START
Train = Any  # the fixture `loop`: see there


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
