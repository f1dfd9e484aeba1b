"""The training loop: one for every engine and model; phases, clocks, progress samples, checkpoints and resuming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine.environment import describe_hardware, versions
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Clocks, Epoch, Training
from benchmarks.training.checkpoints import Checkpoint, latest_checkpoint, refuse_other_origin, save_checkpoint
from benchmarks.training.clocks import Accounts
from benchmarks.training.epoch import DivergedError, Emit, EpochRunner, Window
from benchmarks.training.feed import Feed
from common.data.loading import Dataset
from common.engine import Engine
from common.files import atomic_write
from common.images import NonFiniteImagesError
from common.initial_weights import initial_weights, is_statistic
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.streams import Streams
from common.tensor_files import save_tensors

PROGRESS_IMAGES = 64
LOSS_PREFIX = "losses/"


class TrainingLoop:
    """Trains one cell to its last epoch, going on from the newest checkpoint in its folder if there is one.

    Args:
        cell: what to train.
        engine: built for `cell`; its weights are set here.
        dataset: the real images (uint8 NHWC, possibly memory-mapped) and labels.
        shape: the shape that the data set gives the networks.
        folder: progress samples, checkpoints, final samples and weights go there.
        emit: takes progress events (JSON-able dictionaries).
        startup_seconds: what importing and building took, for the start-up account; None: nothing is timed.

    Raises:
        BadInput: too few images for one iteration, or no labels for a conditional model; with `run`, a checkpoint of
            other images or versions.
    """

    def __init__(
        self,
        cell: Cell,
        engine: Engine,
        dataset: Dataset,
        shape: NetworkShape,
        folder: CellFolder,
        emit: Emit,
        startup_seconds: float | None,
    ) -> None:
        self.cell, self.engine, self.folder, self.emit = cell, engine, folder, emit
        self.classes = len(dataset.manifest.classes)
        self.feed = Feed.of(cell, dataset)
        self.shape = shape
        self.runner = EpochRunner(engine, self.feed, emit)
        self.streams = Streams(cell.seed)
        self.accounts = Accounts()
        self.clocks = Clocks(
            startup_seconds=startup_seconds or 0.0, compile_seconds=0.0, final_sampling_seconds=0.0, epochs=[]
        )
        self.timed = startup_seconds is not None
        self.resumed_at: list[int] = []
        self._origin = {**_programs(engine), "images": dataset.sha256}
        self._judged = cell.judged_epochs()
        self._phase = cell.phases()[0]
        self._sampled_at: object = None

    def run(self) -> Training:
        """Train, sample and save; returns what was measured.

        Raises:
            DivergedError: a loss or a sample was not finite; `summary()` has what was measured until then.
        """
        done = self._restore()
        if done == 0:
            self._sample_progress(0)
        for epoch in range(done, len(self.feed.plans)):
            self._epoch(epoch)
        self.emit({"event": "sampling"})
        with self.accounts.charge("final"):
            self._final_artefacts()
        self.clocks.final_sampling_seconds = self.accounts.take("final")
        return self.summary()

    def summary(self) -> Training:
        """What has been measured so far."""
        shapes = self.engine.weight_shapes()
        sizes = {name: int(np.prod(shape)) for name, shape in shapes.items() if not is_statistic(name)}
        networks = sorted({name.partition(".")[0] for name in sizes})
        last = self.feed.plans[-1]
        return Training(
            clocks=self.clocks if self.timed else None,
            losses=self.runner.losses,
            hardware=describe_hardware(self.engine.device_report()),
            iterations_per_epoch=last.iterations,
            images_per_iteration=last.images_per_iteration,
            parameters={
                network: sum(size for name, size in sizes.items() if name.partition(".")[0] == network)
                for network in networks
            },
            resumed_at_epochs=self.resumed_at,
        )

    # --- epochs and phases --------------------------------------------------------------------------------------

    def _epoch(self, epoch: int) -> None:
        self._enter_phase_of(epoch)
        window = self.runner.run(epoch)
        self.clocks.compile_seconds += window.compiling
        self._sample_progress(epoch + 1)
        self._keep_for_the_judge(epoch + 1)
        self.clocks.epochs.append(self._clock(epoch, window))
        with self.accounts.charge("checkpoint"):
            self._checkpoint(epoch + 1)
        self.clocks.epochs[-1].checkpoint_seconds = self.accounts.take("checkpoint")
        rate = window.iterations * self.feed.plans[epoch].images_per_iteration / window.seconds
        speed = {"seconds": window.seconds, "images_per_second": rate if window.iterations else None}
        speed = speed if self.timed else {}
        numbers = {"epoch": epoch + 1, "epochs": len(self.feed.plans)}
        self.emit({"event": "epoch", **numbers, **speed, "losses": self.runner.means(epoch)})

    def _clock(self, epoch: int, window: Window) -> Epoch:
        phase = self.feed.plans[epoch].phase
        return Epoch(
            epoch=epoch + 1,
            resolution=phase.resolution,
            fading=phase.fading,
            iterations=self.feed.plans[epoch].iterations,
            timed_iterations=window.iterations,
            train_seconds=window.seconds - window.waited,
            data_wait_seconds=window.waited,
            foreign_share=window.foreign_share,
            sampling_seconds=self.accounts.take("sampling"),
            checkpoint_seconds=0.0,
        )

    def _enter_phase_of(self, epoch: int) -> None:
        phase = self.feed.plans[epoch].phase
        if phase != self._phase:
            self.engine.begin_phase(phase)
            self._phase = phase

    # --- sampling -----------------------------------------------------------------------------------------------

    def _sample_progress(self, epoch: int) -> None:
        """Fixed-noise images after `epoch` epochs; the first of each phase compile the sampling graph."""
        latents = self.streams.progress_latents(PROGRESS_IMAGES, self._noise_size)
        account = "sampling" if self._sampled_at == self._phase else "compile"
        with self.accounts.charge(account):
            images = self._generate(latents, epoch)
        self._sampled_at = self._phase
        self.clocks.compile_seconds += self.accounts.take("compile")
        with self.accounts.charge("sampling"):
            _save_array(self.folder.progress_file(epoch), images)

    def _final_artefacts(self) -> None:
        last = len(self.feed.plans)
        self._save_generator(last, self.folder.samples_file, self.folder.generator_file)
        if self.cell.model.network.conditional:
            _save_array(self.folder.sample_labels_file, np.arange(self.cell.training.sample_count) % self.classes)

    def _keep_for_the_judge(self, epoch: int) -> None:
        """What is to be scored after the training, where the judge wants to see more than its end."""
        if epoch in self._judged and epoch != len(self.feed.plans):
            with self.accounts.charge("sampling"):
                self._save_generator(
                    epoch, self.folder.judged_samples_file(epoch), self.folder.judged_generator_file(epoch)
                )

    def _save_generator(self, epoch: int, samples: Path, weights: Path) -> None:
        """Samples of the evaluation noise after `epoch` epochs, and the weights that drew them."""
        latents = self.streams.evaluation_latents(0, self.cell.training.sample_count, self._noise_size)
        _save_array(samples, self._generate(latents, epoch))
        notes = {"cell": self.cell.model_dump(mode="json"), "shape": self.shape.model_dump(mode="json"), "epoch": epoch}
        generator = {name: array for name, array in self.engine.weights().items() if name.startswith("generator")}
        save_tensors(weights, generator, notes)

    @property
    def _noise_size(self) -> int:
        return self.cell.model.network.noise_size(self.cell.training.image_size)

    def _generate(self, latents: NDArray[np.float32], epoch: int) -> NDArray[np.uint8]:
        """Images of `latents`, in a conditional model of the classes 0, 1, 2, ... in turn."""
        labels = None
        if self.cell.model.network.conditional:
            labels = np.eye(self.classes, dtype=np.float32)[np.arange(len(latents)) % self.classes]
        plan = self.feed.plans[max(epoch - 1, 0)]
        alpha = plan.alpha(plan.iterations - 1) if epoch else plan.alpha(0)
        try:
            return self.engine.generate(latents, labels, alpha)
        except NonFiniteImagesError as error:
            raise DivergedError(epoch, plan.iterations, str(error)) from error

    # --- checkpoints --------------------------------------------------------------------------------------------

    def _checkpoint(self, epoch: int) -> None:
        if epoch % self.cell.training.checkpoint_every and epoch != len(self.feed.plans):
            return
        losses = {LOSS_PREFIX + name: np.array(values) for name, values in self.runner.losses.items()}
        clocks = self.clocks.model_dump(mode="json") if self.timed else None
        notes = {"clocks": clocks, "resumed_at": self.resumed_at, "origin": self._origin}
        tensors = {**self.engine.state(), **losses}
        save_checkpoint(self.folder.checkpoints, self.cell.id, Checkpoint(epoch, tensors, notes))

    def _restore(self) -> int:
        """Set the weights: initial ones, or the newest checkpoint's; returns the epochs already done."""
        found = latest_checkpoint(self.folder.checkpoints, self.cell.id)
        if found is None:
            rule = self.cell.model.network.initialization
            self.engine.load_weights(initial_weights(self.engine.weight_shapes(), self.cell.seed, rule))
            return 0
        refuse_other_origin(self.folder.checkpoints, found.notes.get("origin", self._origin), self._origin)
        self._enter_phase_of(found.epoch - 1)
        tensors: dict[str, NDArray[Any]] = dict(found.tensors)
        names = [name for name in tensors if name.startswith(LOSS_PREFIX)]
        self.runner.losses = {name.removeprefix(LOSS_PREFIX): tensors.pop(name).tolist() for name in names}
        self.engine.load_state(tensors)
        if self.timed and found.notes["clocks"] is not None:
            before = Clocks.model_validate(found.notes["clocks"])
            before.startup_seconds += self.clocks.startup_seconds
            self.clocks = before
        else:  # half of the times are worth nothing
            self.timed = False
        self.resumed_at = [*found.notes["resumed_at"], found.epoch]
        return found.epoch


def _programs(engine: Engine) -> dict[str, str]:
    """The versions that results depend on: Major.Minor of ganbench, and the framework's."""
    ours = versions(("ganbench",)).get("ganbench", "")
    return {**engine.device_report().versions, "ganbench": ".".join(ours.split(".")[:2])}


def _save_array(path: Path, array: NDArray[Any]) -> None:
    with atomic_write(path) as handle:
        np.save(handle, array)
