"""The folder of one cell: the one place that says which file of it lies where."""

from __future__ import annotations

import fcntl
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from benchmarks.results.records import JudgedEpoch, Record, RecordPart, WorkerResult, load_record, read_part
from common.array_files import map_array
from common.errors import BadInput
from common.files import write_text
from common.metrics.score import Score
from common.specs.cell import Cell


class Scores(RecordPart):
    """metrics.json: what the judge said about a cell's samples, and why it could not say more, or anything."""

    metrics: dict[str, Score]
    reason: str | None = None
    history: list[JudgedEpoch] = Field(default_factory=list)
    best_epoch: int | None = None


@dataclass(frozen=True)
class CellFolder:
    """The files of one cell below `path`.

    cell.json           the cell itself
    events.jsonl        its worker's events, one JSON object a line, appended attempt by attempt
    stderr.log          everything worker and scorer printed that is not an event
    checkpoint/         the newest checkpoints, until the cell is finished
    progress/           fixed-noise samples, one .npy an epoch, uint8 (n, height, width, channels)
    samples.npy         the final samples, in the same form; sample_labels.npy the class each was asked to be
    generator.safetensors   the trained generator
    judged/             samples after the epochs that are scored beside the last, and, until they are, generators
    best.safetensors    the generator that the judge's main score likes best of all that were scored
    repeat/             the same cell trained once more for its times, while that goes on (benchmarks.running.repeats)
    result.json         what the worker measured; diverged.json, if its training diverged, what until then
    metrics.json        the judge's scores
    record.json         all of it in one
    grid_*.png, training.gif, true-size.gif, nearest.png    pictures of it; the animations as .mp4, if asked for
    """

    path: Path

    @property
    def cell_file(self) -> Path:
        """The cell itself, as JSON."""
        return self.path / "cell.json"

    @property
    def events_file(self) -> Path:
        """The worker's events."""
        return self.path / "events.jsonl"

    @property
    def stderr_file(self) -> Path:
        """What worker and scorer printed beside events."""
        return self.path / "stderr.log"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoint"

    @property
    def samples_file(self) -> Path:
        """The final samples."""
        return self.path / "samples.npy"

    @property
    def sample_labels_file(self) -> Path:
        """The class that each final sample was asked to be, int64 (n,); only of conditional models."""
        return self.path / "sample_labels.npy"

    @property
    def generator_file(self) -> Path:
        """The trained generator's weights."""
        return self.path / "generator.safetensors"

    @property
    def best_generator_file(self) -> Path:
        """The weights of the best generator that was scored; only where more than the last one was."""
        return self.path / "best.safetensors"

    def judged_samples_file(self, epoch: int) -> Path:
        """The samples to be scored after `epoch` epochs: the final ones' noise and classes."""
        return self.path / "judged" / f"epoch_{epoch:04d}.npy"

    def judged_generator_file(self, epoch: int) -> Path:
        """The generator's weights after `epoch` epochs."""
        return self.judged_samples_file(epoch).with_suffix(".safetensors")

    @property
    def result_file(self) -> Path:
        """What the worker measured, once its training has ended well."""
        return self.path / "result.json"

    @property
    def diverged_file(self) -> Path:
        """What the worker measured before its training diverged."""
        return self.path / "diverged.json"

    @property
    def scores_file(self) -> Path:
        """The judge's scores."""
        return self.path / "metrics.json"

    @property
    def record_file(self) -> Path:
        """The cell's record."""
        return self.path / "record.json"

    @property
    def animation_file(self) -> Path:
        """The progress samples as an animation."""
        return self.path / "training.gif"

    @property
    def true_size_file(self) -> Path:
        """The same in a model that grows, earlier images as small as they are."""
        return self.path / "true-size.gif"

    @property
    def film_file(self) -> Path:
        """The animation as a film, if `report --mp4` was asked for."""
        return self.animation_file.with_suffix(".mp4")

    @property
    def true_size_film_file(self) -> Path:
        """The same of that in true size."""
        return self.true_size_file.with_suffix(".mp4")

    @property
    def nearest_file(self) -> Path:
        """Samples beside the training images that are nearest to them."""
        return self.path / "nearest.png"

    @property
    def repetition(self) -> CellFolder:
        """Where the same cell is trained once more."""
        return CellFolder(self.path / "repeat")

    def progress_file(self, epoch: int) -> Path:
        """The fixed-noise samples after `epoch` epochs; 0 is before training."""
        return self.path / "progress" / f"epoch_{epoch:04d}.npy"

    def progress_files(self) -> dict[int, Path]:
        """The fixed-noise samples that there are, by epoch, in order."""
        return _by_epoch(self.path / "progress", r"epoch_([0-9]{4,9})\.npy")

    def grid_files(self) -> dict[int, Path]:
        """The pictures of fixed-noise samples that there are, by epoch, in order."""
        return _by_epoch(self.path, r"grid_epoch_([0-9]{4,9})\.png")

    def grid_file(self, epoch: int) -> Path:
        """The samples after `epoch` epochs as a picture."""
        return self.path / f"grid_epoch_{epoch:04d}.png"

    def sample_labels(self) -> NDArray[np.int64] | None:
        """The class that each final sample was asked to be, (n,); None for unconditional models.

        Raises:
            BadInput: the file is damaged.
        """
        if not self.sample_labels_file.is_file():
            return None
        labels = map_array(self.sample_labels_file)
        if labels.dtype != np.int64 or labels.ndim != 1:
            raise BadInput(f"{self.sample_labels_file} holds no classes of samples: train the cell again.")
        return labels

    def drop_checkpoints(self) -> None:
        """Remove the checkpoints: of a finished training nothing needs them, what it draws from is its generator."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def is_busy(self) -> bool:
        """Whether a process works on the cell right now: it holds a lock on the events."""
        if not self.events_file.is_file():
            return False
        try:
            with self.events_file.open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False

    def create(self, cell: Cell) -> None:
        """Make the folder and write its cell.json, anew if what the cell says beside its identity has changed."""
        text = cell.model_dump_json(indent=1) + "\n"
        if not self.cell_file.is_file() or self.cell_file.read_bytes() != text.encode():
            write_text(self.cell_file, text)

    def cell(self) -> Cell:
        """The cell of this folder.

        Raises:
            BadInput: there is no valid cell.json.
        """
        cell = read_part(self.cell_file, Cell)
        if cell is None:
            raise BadInput(f"There is no valid cell.json in {self.path}: give a folder below cells/ of a run.")
        return cell

    def record(self) -> Record | None:
        """The cell's record, or None if there is none yet.

        Raises:
            BadInput: the file is damaged.
        """
        return load_record(self.record_file) if self.record_file.exists() else None

    def save_record(self, record: Record) -> None:
        """Write the record, atomically; on one line, which holds thousands of losses."""
        write_text(self.record_file, record.model_dump_json() + "\n")

    def result(self) -> WorkerResult | None:
        """What the worker measured, or None if its training has not ended well."""
        return read_part(self.result_file, WorkerResult)

    def until_divergence(self) -> WorkerResult | None:
        """What the worker measured before its training diverged, or None."""
        return read_part(self.diverged_file, WorkerResult)

    def scores(self) -> Scores | None:
        """The judge's scores, or None if the cell has not been scored."""
        return read_part(self.scores_file, Scores)


def _by_epoch(folder: Path, name: str) -> dict[int, Path]:
    """The files of `folder` whose names match, by the number in them, in order."""
    try:
        files = sorted(folder.iterdir())  # of thousands of cells a glob takes seconds
    except OSError:
        return {}
    return {int(match[1]): file for file in files if (match := re.fullmatch(name, file.name))}
