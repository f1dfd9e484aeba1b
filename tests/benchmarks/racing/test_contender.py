"""The bench of a contender: what its clock holds, with engines whose speed is known."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.racing.contender import Bench

STEP = 0.01


class DeviceClock:
    """Says what the device worked between its start and the end of all that was enqueued before its stop."""

    def __init__(self, engine: AsynchronousEngine) -> None:
        self.engine, self.begin = engine, max(engine.done_at, time.perf_counter())
        self.end: float | None = None

    def stop(self) -> None:
        self.end = self.engine.done_at

    def seconds(self) -> float:
        assert self.end is not None
        assert time.perf_counter() >= self.end  # events have no time before they have happened
        return self.end - self.begin


class AsynchronousEngine:
    """Returns from an iteration at once; the work ends later, as on a GPU."""

    def __init__(self, loss: float = 0.5, device: str = "cuda:0") -> None:
        self.done_at, self.loss, self.device = 0.0, loss, device
        self.seen: list[Any] = []
        self.clock = lambda: DeviceClock(self)

    def train_iteration(self, batch: Any) -> None:
        self.seen.append(batch)
        self.done_at = max(self.done_at, time.perf_counter()) + STEP

    def synchronize(self) -> None:
        time.sleep(max(0.0, self.done_at - time.perf_counter()))

    def stopwatch(self) -> Any:
        return self.clock() if self.device != "cpu" else None

    def losses(self) -> dict[str, Any]:
        return {"generator": np.array([self.loss])}

    def device_report(self) -> Any:
        return SimpleNamespace(device=self.device, peak_device_bytes=123)


def test_asynchronous_work_is_timed_to_its_real_end() -> None:
    """Enqueueing 20 iterations takes no time; the clock stops when the 20 x 10 ms are over."""
    lap = Bench(AsynchronousEngine(), [None]).lap(20)
    assert lap["iterations"] == 20
    assert lap["seconds"] >= 20 * STEP
    assert lap["seconds"] < 20 * STEP + 0.15
    assert lap["cpu_seconds"] < 0.15
    assert lap["peak_device_bytes"] == 123


def test_the_device_s_own_clock_is_recorded_beside_ours() -> None:
    """It knows nothing of what is burnt on the host; on the CPU there is none."""
    (split,) = Bench(AsynchronousEngine(), [None], slow_down=1.0).lap(20)["splits"]
    assert split["device_seconds"] == pytest.approx(20 * STEP, rel=0.1)
    assert split["seconds"] >= 1.9 * 20 * STEP
    assert Bench(AsynchronousEngine(device="cpu"), [None]).lap(2)["splits"][0]["device_seconds"] is None


def test_work_from_before_is_not_in_the_window() -> None:
    engine = AsynchronousEngine()
    bench = Bench(engine, [None])
    engine.done_at = time.perf_counter() + 0.4
    assert bench.lap(2)["seconds"] < 0.3


def test_first_iteration_is_timed_alone_and_to_its_end() -> None:
    assert STEP <= Bench(AsynchronousEngine(), [None]).first() < 0.15


def test_batches_are_taken_in_turn_again_and_again() -> None:
    engine = AsynchronousEngine()
    bench = Bench(engine, ["a", "b", "c"])
    bench.lap(2)
    bench.lap(5)
    assert engine.seen == ["a", "b", "c", "a", "b", "c", "a"]


def test_window_is_timed_in_splits_that_add_up_to_it() -> None:
    engine = AsynchronousEngine(device="cpu")
    lap = Bench(engine, [None], slow_down=0.5).lap(11, splits=4)
    assert [split["iterations"] for split in lap["splits"]] == [3, 3, 3, 2]
    assert lap["seconds"] == pytest.approx(sum(split["seconds"] for split in lap["splits"]))
    for split in lap["splits"]:
        assert split["seconds"] >= 1.5 * split["iterations"] * STEP
    assert len(engine.seen) == 11
    assert [split["iterations"] for split in Bench(engine, [None]).lap(2, splits=5)["splits"]] == [1, 1]


def test_on_an_accelerator_a_window_is_one_split() -> None:
    """Each split would wait for the device."""
    assert [split["iterations"] for split in Bench(AsynchronousEngine(), [None]).lap(8, splits=4)["splits"]] == [8]


def test_planted_slow_down_burns_its_share_under_the_clock() -> None:
    """The sleeping engine needs 0.4 s and hardly any CPU; as much is burnt on top, of which a busy one gets less."""
    lap, slow = (Bench(AsynchronousEngine(), [None], slow_down=share).lap(40) for share in (0.0, 1.0))
    assert slow["seconds"] >= 2.0 * 40 * STEP
    assert slow["cpu_seconds"] >= lap["cpu_seconds"] + 0.1 * 40 * STEP


@pytest.mark.parametrize(("loss", "finite"), [(0.5, True), (float("nan"), False)])
def test_losses_that_are_not_finite_are_told(loss: float, finite: bool) -> None:
    assert Bench(AsynchronousEngine(loss), [None]).lap(1)["finite"] is finite
