"""The training loop: one for every engine and model; it feeds, times, samples, checkpoints and resumes.

The device is waited for only where a window ends: after the first iteration (the compile account), at the progress
ticks, and at the end of each epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint, save_tensors
from benchmarks.environment import describe_hardware, load_average
from benchmarks.feed import Feed
from benchmarks.records import Clocks, Epoch, Training
from benchmarks.timing import Accounts, Ticker
from common.data.batches import Prefetcher
from common.engine import Engine
from common.files import atomic_write
from common.initial_weights import initial_weights
from common.specs.cell import Cell
from common.streams import Streams

PROGRESS_IMAGES = 64
TICK_SECONDS = 2.0
LOSS_PREFIX = "losses/"

Emit = Callable[[dict[str, Any]], None]


class Diverged(Exception):
    """A loss or an image stopped being finite; `training` holds everything measured until then."""

    def __init__(self, epoch: int, iteration: int, reason: str) -> None:
        super().__init__(reason)
        self.epoch, self.iteration, self.reason = epoch, iteration, reason
        self.training: Training | None = None


def train(
    cell: Cell, engine: Engine, images: NDArray[np.uint8], folder: Path, emit: Emit, startup_seconds: float
) -> Training:
    """Train `cell` to its last epoch, going on from the newest checkpoint in `folder` if there is one.

    Args:
        cell: what to train.
        engine: built for `cell`; its weights are set here.
        images: the real images, uint8 (n, height, width, channels), possibly memory-mapped.
        folder: the cell's folder; progress samples, checkpoints, final samples and weights go there.
        emit: takes progress events (JSON-able dictionaries).
        startup_seconds: what importing and building took, for the start-up account.

    Raises:
        Diverged: a loss or a sample was not finite.
        BadInput: the data set is smaller than one iteration needs.
    """
    loop = _Loop(cell, engine, Feed(cell, images), folder, emit, startup_seconds)
    try:
        return loop.run()
    except Diverged as error:
        error.training = loop.summary()
        raise


class _Loop:
    """The state of one training: clocks and losses so far."""

    def __init__(
        self, cell: Cell, engine: Engine, feed: Feed, folder: Path, emit: Emit, startup_seconds: float
    ) -> None:
        self.cell, self.engine, self.feed, self.folder, self.emit = cell, engine, feed, folder, emit
        self.accounts = Accounts()
        self.clocks = Clocks(
            startup_seconds=startup_seconds, compile_seconds=0.0, final_sampling_seconds=0.0, epochs=[]
        )
        self.losses: dict[str, list[float]] = {}
        self.resumed_at: list[int] = []
        self.streams = Streams(cell.seed)
        self.load_before = load_average()
        self.is_warm = {"train": False, "sample": False}

    def run(self) -> Training:
        done = self._restore()
        if done == 0:
            self._sample_progress(0)
        for epoch in range(done, self.cell.training.epochs):
            self._epoch(epoch)
        self.emit({"event": "sampling"})
        with self.accounts.charge("final"):
            self._final_artefacts()
        self.clocks.final_sampling_seconds = self.accounts.take("final")
        return self.summary()

    def summary(self) -> Training:
        shapes = self.engine.weight_shapes()
        sizes = {name: int(np.prod(shape)) for name, shape in shapes.items() if "running_" not in name}
        networks = sorted({name.partition(".")[0] for name in sizes})
        return Training(
            clocks=self.clocks,
            losses=self.losses,
            hardware=describe_hardware(self.engine.device_report(), self.load_before),
            iterations_per_epoch=self.feed.plan.iterations_per_epoch,
            images_per_iteration=self.feed.plan.images_per_iteration,
            parameters={net: sum(size for name, size in sizes.items() if name.startswith(net)) for net in networks},
            resumed_at_epochs=self.resumed_at,
        )

    # --- one epoch ----------------------------------------------------------------------------------------------

    def _epoch(self, epoch: int) -> None:
        plan = self.feed.plan
        first_loss = {name: len(values) for name, values in self.losses.items()}
        with Prefetcher(self.feed.epoch(epoch)) as batches:
            timed = plan.iterations_per_epoch - self._warm_up(batches)
            waited_before = batches.wait_seconds
            started = time.perf_counter()
            self._iterate(batches, epoch, started)
            self.engine.synchronize()
            seconds = time.perf_counter() - started
            waited = batches.wait_seconds - waited_before
        self._collect_losses(epoch)
        self._sample_progress(epoch + 1)
        self.clocks.epochs.append(
            Epoch(
                epoch=epoch + 1,
                timed_iterations=timed,
                train_seconds=seconds - waited,
                data_wait_seconds=waited,
                sampling_seconds=self.accounts.take("sampling"),
                checkpoint_seconds=0.0,
            )
        )
        with self.accounts.charge("checkpoint"):
            self._checkpoint(epoch + 1)
        self.clocks.epochs[-1].checkpoint_seconds = self.accounts.take("checkpoint")
        means = {name: float(np.mean(values[first_loss.get(name, 0) :])) for name, values in self.losses.items()}
        self._emit_epoch(epoch, seconds, timed, means)

    def _warm_up(self, batches: Prefetcher) -> int:
        """The first iteration of this process compiles every graph; returns how many iterations that took."""
        if self.is_warm["train"]:
            return 0
        batch = next(batches)
        with self.accounts.charge("compile"):
            self.engine.train_iteration(batch)
            self.engine.synchronize()
        self.clocks.compile_seconds += self.accounts.take("compile")
        self.is_warm["train"] = True
        return 1

    def _iterate(self, batches: Prefetcher, epoch: int, started: float) -> None:
        plan, ticker = self.feed.plan, Ticker(TICK_SECONDS)
        for done, batch in enumerate(batches, start=1):
            self.engine.train_iteration(batch)
            if ticker.due():
                losses = self._collect_losses(epoch)
                rate = done * plan.images_per_iteration / (time.perf_counter() - started)
                self.emit(
                    {
                        "event": "progress",
                        "epoch": epoch + 1,
                        "epochs": self.cell.training.epochs,
                        "iteration": done,
                        "iterations": plan.iterations_per_epoch,
                        "images_per_second": rate,
                        "losses": losses,
                    }
                )

    def _collect_losses(self, epoch: int) -> dict[str, float]:
        """Fetch the losses since the last call; returns the newest of each."""
        fetched = self.engine.losses()
        start = len(next(iter(self.losses.values()), []))
        for name, values in fetched.items():
            self.losses.setdefault(name, []).extend(values.tolist())
        for name, values in fetched.items():
            broken = np.flatnonzero(~np.isfinite(values))
            if broken.size:
                iteration = start + int(broken[0]) + 1 - epoch * self.feed.plan.iterations_per_epoch
                raise Diverged(epoch + 1, iteration, f"the {name} loss became {values[broken[0]]}")
        return {name: float(values[-1]) for name, values in fetched.items() if len(values)}

    def _emit_epoch(self, epoch: int, seconds: float, timed: int, means: dict[str, float]) -> None:
        rate = timed * self.feed.plan.images_per_iteration / seconds if timed else None
        self.emit(
            {
                "event": "epoch",
                "epoch": epoch + 1,
                "epochs": self.cell.training.epochs,
                "seconds": seconds,
                "images_per_second": rate,
                "losses": means,
            }
        )

    # --- sampling -----------------------------------------------------------------------------------------------

    def _sample_progress(self, epoch: int) -> None:
        latents = self.streams.progress_latents(PROGRESS_IMAGES, self.cell.model.network.latent_size)
        account = "sampling" if self.is_warm["sample"] else "compile"
        with self.accounts.charge(account):
            images = self._generate(latents, epoch)
        self.is_warm["sample"] = True
        self.clocks.compile_seconds += self.accounts.take("compile")
        with self.accounts.charge("sampling"):
            _save_array(self.folder / "progress" / f"epoch_{epoch:04d}.npy", images)

    def _final_artefacts(self) -> None:
        count, size = self.cell.training.sample_count, self.cell.model.network.latent_size
        images = self._generate(self.streams.evaluation_latents(0, count, size), self.cell.training.epochs)
        _save_array(self.folder / "samples.npy", images)
        metadata = {"cell": self.cell.id, "label": self.cell.label, "spec": self.cell.model_dump_json()}
        generator = {name: array for name, array in self.engine.weights().items() if name.startswith("generator.")}
        save_tensors(self.folder / "generator.safetensors", generator, metadata)

    def _generate(self, latents: NDArray[np.float32], epoch: int) -> NDArray[np.uint8]:
        try:
            return self.engine.generate(latents)
        except ValueError as error:
            raise Diverged(epoch, self.feed.plan.iterations_per_epoch, str(error)) from error

    # --- checkpoints --------------------------------------------------------------------------------------------

    def _checkpoint(self, epoch: int) -> None:
        training = self.cell.training
        if epoch % training.checkpoint_every and epoch != training.epochs:
            return
        losses = {LOSS_PREFIX + name: np.array(values) for name, values in self.losses.items()}
        notes = {"clocks": self.clocks.model_dump(mode="json"), "resumed_at": self.resumed_at}
        tensors = {**self.engine.state(), **losses}
        save_checkpoint(self.folder / "checkpoint", self.cell.id, Checkpoint(epoch, tensors, notes))

    def _restore(self) -> int:
        """Set the weights: initial ones, or the newest checkpoint's; returns the epochs already done."""
        found = latest_checkpoint(self.folder / "checkpoint", self.cell.id)
        if found is None:
            rule = self.cell.model.network.initialization
            self.engine.load_weights(initial_weights(self.engine.weight_shapes(), self.cell.seed, rule))
            return 0
        tensors = dict(found.tensors)
        names = [name for name in tensors if name.startswith(LOSS_PREFIX)]
        self.losses = {name.removeprefix(LOSS_PREFIX): tensors.pop(name).tolist() for name in names}
        self.engine.load_state(tensors)
        before = Clocks.model_validate(found.notes["clocks"])
        before.startup_seconds += self.clocks.startup_seconds
        self.clocks = before
        self.resumed_at = [*found.notes["resumed_at"], found.epoch]
        return found.epoch


def _save_array(path: Path, array: NDArray[Any]) -> None:
    with atomic_write(path) as handle:
        np.save(handle, array)
