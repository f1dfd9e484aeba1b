"""One epoch under the clock: feeds an engine, waits for the device where a window ends, and gathers the losses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.machine.environment import usable_cores
from benchmarks.machine.foreign import foreign_use
from benchmarks.training.clocks import Ticker
from benchmarks.training.feed import EpochPlan, Feed
from common.data.batches import Prefetcher
from common.engine import Engine
from common.specs.phases import Phase

TICK_SECONDS = 2.0

Emit = Callable[[dict[str, Any]], None]


class DivergedError(Exception):
    """A loss or an image stopped being finite, in `epoch` and `iteration` (both counted from 1)."""

    def __init__(self, epoch: int, iteration: int, reason: str) -> None:
        super().__init__(reason)
        self.epoch, self.iteration, self.reason = epoch, iteration, reason


@dataclass(frozen=True)
class Window:
    """A timed stretch of an epoch: its iterations and seconds, the seconds of it spent waiting for data, and the
    seconds of the first iteration of a phase, which compiles its graphs and is not in the window.

    `foreign_share` is what other processes had of the cores meanwhile, 0 to 1; None where the system does not tell.
    """

    iterations: int
    seconds: float
    waited: float
    compiling: float
    foreign_share: float | None = None


class EpochRunner:
    """Runs epochs of a feed on an engine; `losses` grows by one value per iteration and name.

    The device is waited for after the first iteration of a phase in this process, at progress ticks (about every two
    seconds) and at the end of the epoch, never in between.
    """

    def __init__(self, engine: Engine, feed: Feed, emit: Emit) -> None:
        self.engine, self.feed, self.emit = engine, feed, emit
        self.losses: dict[str, list[float]] = {}
        self._warm: Phase | None = None

    def run(self, epoch: int) -> Window:
        """Train epoch `epoch`, counted from 0.

        Raises:
            DivergedError: a loss is not finite.
        """
        plan = self.feed.plans[epoch]
        with Prefetcher(self.feed.epoch(epoch)) as batches:
            compiling = self._warm_up(plan, batches)
            with foreign_use() as use:
                waited_before, started = batches.wait_seconds, time.perf_counter()
                done = self._iterate(epoch, plan, batches, started)
                self.engine.synchronize()
                seconds = time.perf_counter() - started
                waited = batches.wait_seconds - waited_before
        self._collect(epoch)
        return Window(done, seconds, waited, compiling, use.share(usable_cores()))

    def means(self, epoch: int) -> dict[str, float]:
        """The mean of each loss over `epoch`."""
        plan = self.feed.plans[epoch]
        return {name: float(np.mean(values[plan.first :])) for name, values in self.losses.items()}

    def _warm_up(self, plan: EpochPlan, batches: Prefetcher) -> float:
        """Take the first iteration of a phase by itself: it compiles every graph; returns its seconds."""
        if self._warm == plan.phase:
            return 0.0
        batch = next(batches)
        started = time.perf_counter()
        self.engine.train_iteration(batch)
        self.engine.synchronize()
        self._warm = plan.phase
        return time.perf_counter() - started

    def _iterate(self, epoch: int, plan: EpochPlan, batches: Prefetcher, started: float) -> int:
        ticker, done = Ticker(TICK_SECONDS), 0
        for done, batch in enumerate(batches, start=1):
            self.engine.train_iteration(batch)
            if ticker.due():
                losses = self._collect(epoch)
                rate = done * plan.images_per_iteration / (time.perf_counter() - started)
                progress = {"iteration": done, "iterations": plan.iterations, "images_per_second": rate}
                self.emit({"event": "progress", "epoch": epoch + 1, **self._epochs(), **progress, "losses": losses})
        return done

    def _epochs(self) -> dict[str, int]:
        return {"epochs": len(self.feed.plans)}

    def _collect(self, epoch: int) -> dict[str, float]:
        """Fetch the losses since the last call; returns the newest of each."""
        fetched = self.engine.losses()
        known = len(next(iter(self.losses.values()), []))
        for name, values in fetched.items():
            self.losses.setdefault(name, []).extend(values.tolist())
        for name, values in fetched.items():
            broken = np.flatnonzero(~np.isfinite(values))
            if broken.size:
                iteration = known + int(broken[0]) + 1 - self.feed.plans[epoch].first
                raise DivergedError(epoch + 1, iteration, f"the {name} loss became {values[broken[0]]}")
        return {name: float(values[-1]) for name, values in fetched.items() if len(values)}
