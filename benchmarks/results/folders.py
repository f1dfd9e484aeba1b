"""The folder of a run and of one cell: which file lies where, and what the parent reads and writes there."""

from __future__ import annotations

import fcntl
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from benchmarks.results.records import Record, RecordPart, WorkerResult, load_record
from common.errors import BadInput, GanbenchError
from common.files import atomic_write, write_text
from common.metrics.score import Score
from common.specs.cell import Cell

M = TypeVar("M", bound=BaseModel)
RESULT_FILE = "result.json"
DIVERGED_FILE = "diverged.json"


class CellList(RecordPart):
    """matrix.json: the cells of a run, in the order they were asked for."""

    schema_version: int = 1
    cells: list[Cell]


class Scores(RecordPart):
    """metrics.json: what the judge said about a cell's samples, and why it could not say more, or anything."""

    metrics: dict[str, Score]
    reason: str | None = None


@dataclass(frozen=True)
class CellFolder:
    """The files of one cell below `path`."""

    path: Path

    @property
    def cell_file(self) -> Path:
        """The cell itself, as JSON."""
        return self.path / "cell.json"

    @property
    def events_file(self) -> Path:
        """The worker's events, one JSON object a line, appended attempt by attempt."""
        return self.path / "events.jsonl"

    @property
    def stderr_file(self) -> Path:
        """Everything the worker and the scorer printed that is not an event."""
        return self.path / "stderr.log"

    @property
    def samples_file(self) -> Path:
        """The final samples, uint8 (n, height, width, channels)."""
        return self.path / "samples.npy"

    def sample_labels(self) -> NDArray[np.int64] | None:
        """The class that each final sample was asked to be, (n,); None for unconditional models."""
        path = self.path / "sample_labels.npy"
        return np.load(path) if path.is_file() else None

    @property
    def scores_file(self) -> Path:
        """The judge's scores."""
        return self.path / "metrics.json"

    def progress_files(self) -> list[Path]:
        """The fixed-noise samples of each epoch, in order."""
        return sorted((self.path / "progress").glob("epoch_*.npy"))

    def is_busy(self) -> bool:
        """Whether a process works on the cell right now: it holds a lock on the events."""
        try:
            with self.events_file.open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def create(self, cell: Cell) -> None:
        """Make the folder and write its cell.json, anew if the cell has changed (in how it is to be judged)."""
        if _read(self.cell_file, Cell) != cell:
            write_text(self.cell_file, cell.model_dump_json(indent=1) + "\n")

    def record(self) -> Record | None:
        """The cell's record, or None if there is none yet.

        Raises:
            BadInput: the file is damaged.
        """
        path = self.path / "record.json"
        return load_record(path) if path.exists() else None

    def result(self) -> WorkerResult | None:
        """What the worker measured, or None if its training has not ended well."""
        return _read(self.path / RESULT_FILE, WorkerResult)

    def until_divergence(self) -> WorkerResult | None:
        """What the worker measured before its training diverged, or None."""
        return _read(self.path / DIVERGED_FILE, WorkerResult)

    def scores(self) -> Scores | None:
        """The judge's scores, or None if the cell has not been scored."""
        return _read(self.scores_file, Scores)


def read_cell(folder: Path) -> Cell:
    """The cell of `folder`.

    Raises:
        BadInput: there is no valid cell.json.
    """
    cell = _read(folder / "cell.json", Cell)
    if cell is None:
        raise BadInput(f"There is no valid cell.json in {folder}: give a folder below cells/ of a run.")
    return cell


def cell_folder(run: Path, cell: Cell) -> CellFolder:
    """The folder of `cell` in the run folder `run`."""
    return CellFolder(run / "cells" / file_name(cell.label))


def file_name(text: str) -> str:
    """`text` as a file name, its end kept if it is long: a data set may be called `folder:/home/me/pictures`."""
    return re.sub(r"[^\w.-]+", "_", text)[-200:]


def open_run(run: Path, cells: list[Cell]) -> None:
    """Make the run folder, and add `cells` to its matrix.json; cells that are there already stay where they are, and
    are judged as `cells` say.

    Raises:
        BadInput: the folder cannot be written, or its matrix.json is not one of ours.
    """
    try:
        known = load_cells(run) if (run / "matrix.json").exists() else []
        by_id = {cell.id: cell for cell in [*known, *cells]}
        added = CellList(cells=list(by_id.values()))
        with atomic_write(run / "matrix.json", "w") as handle:
            handle.write(added.model_dump_json(indent=1) + "\n")
    except (OSError, GanbenchError) as error:
        raise BadInput(f"The run folder cannot be used: {error}") from error


def load_cells(run: Path) -> list[Cell]:
    """The cells of the run folder `run`, in order.

    Raises:
        BadInput: `run` is not a run folder.
    """
    path = run / "matrix.json"
    if not path.is_file():
        raise BadInput(f"{run} is not a run folder (it has no matrix.json): give the folder that `ganbench run` wrote.")
    listed = _read(path, CellList)
    if listed is None:
        raise BadInput(f"{path} was not written by this version of ganbench: choose another folder with --out.")
    return listed.cells


def _read(path: Path, kind: type[M]) -> M | None:
    try:
        return kind.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, json.JSONDecodeError, ValidationError):
        return None
