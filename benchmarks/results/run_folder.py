"""The folder of a run: which file of it lies where, and the cells and records in it."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from benchmarks.results.aims import Aims
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record, RecordPart, load_record, read_part
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.specs.cell import Cell

L = TypeVar("L", bound=BaseModel)
_MANY = 100_000  # objects, those of about a thousand records
RACES, RACE_RECORD = "races", "race.json"


class CellList(RecordPart):
    """matrix.json: the cells of a run, in the order they were asked for, and what the run is to decide."""

    schema_version: int = 2
    cells: list[Cell]
    aims: Aims = Aims()


class _AimsAlone(BaseModel):
    """Of matrix.json the aims: who needs no cells need not wait for thousands of them."""

    aims: Aims = Aims()


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Without looking for garbage: among thousands of new records there is none, and looking takes long. Where they are
    many they are set aside, so that nobody looks there later either."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > _MANY:
            gc.freeze()
        if was_enabled:
            gc.enable()


@dataclass(frozen=True)
class RunFolder:
    """The files of one run below `path`: matrix.json, cells/ and races/; proofs.json, if its twins were to be proven;
    and a report, if it was written here."""

    path: Path

    @property
    def matrix_file(self) -> Path:
        """The cells that were asked for."""
        return self.path / "matrix.json"

    @property
    def proofs_file(self) -> Path:
        """The climbs of the parity ladder with the run's own trainings (`benchmarks.parity.record`)."""
        return self.path / "proofs.json"

    def of(self, cell: Cell) -> CellFolder:
        """The folder of `cell`."""
        return CellFolder(self.path / "cells" / file_name(cell.label))

    def records(self) -> list[Record]:
        """All records of the run, in the order of their folders' names.

        Raises:
            BadInput: there is no record at all, or a damaged one.
        """
        records = [record for _, record in self.recorded()]
        if not records:
            raise BadInput(f"No records under {self.path / 'cells'}: give the folder that `ganbench run --out` wrote.")
        return records

    def recorded(self) -> list[tuple[CellFolder, Record]]:
        """The cells' folders that have a record, and it, in the order of their names; none is no mistake here.

        Raises:
            BadInput: a damaged record.
        """
        with _no_garbage():
            return [(CellFolder(path.parent), load_record(path)) for path in self.record_files()]

    def record_files(self) -> list[Path]:
        """The records of cells, in the order of their folders' names."""
        return sorted(self.path.glob("cells/*/record.json"))

    def race_files(self) -> list[Path]:
        """The records of races, in that order."""
        return sorted(self.path.glob(f"{RACES}/*/{RACE_RECORD}"))

    def open(self, cells: list[Cell], aims: Aims | None = None) -> None:
        """Make the run folder, and add `cells` to its matrix.json; cells that are there already stay where
        they are, and are judged as `cells` say. `aims` take the place of those that are there; None leaves them.

        Raises:
            BadInput: the folder cannot be written, or its matrix.json is not one of ours.
        """
        try:
            known = self._listed(CellList) if self.matrix_file.exists() else CellList(cells=[])
            by_id = {cell.id: cell for cell in [*known.cells, *cells]}
            added = CellList(cells=list(by_id.values()), aims=known.aims if aims is None else aims)
            write_text(self.matrix_file, added.model_dump_json(indent=1) + "\n")
        except (OSError, GanbenchError) as error:
            raise BadInput(f"The run folder cannot be used: {error}") from error

    def cells(self) -> list[Cell]:
        """The cells of the run, in order.

        Raises:
            BadInput: this is not a run folder.
        """
        return self.asked().cells

    def asked(self) -> CellList:
        """What was asked for: the cells, in order, and what they are to decide.

        Raises:
            BadInput: this is not a run folder.
        """
        with _no_garbage():
            return self._listed(CellList)

    def aims(self) -> Aims:
        """What the run is to decide; nothing in particular where only its records are left."""
        return self._listed(_AimsAlone).aims if self.matrix_file.is_file() else Aims()

    def _listed(self, kind: type[L]) -> L:
        path = self.matrix_file
        if not path.is_file():
            raise BadInput(
                f"{self.path} is not a run folder (it has no matrix.json): give the folder that `ganbench run` wrote."
            )
        listed = read_part(path, kind)
        if listed is None:
            raise BadInput(f"{path} was not written by this version of ganbench: choose another folder with --out.")
        return listed


def file_name(text: str) -> str:
    """`text` as a file name, its end kept if it is long: a data set may be called `folder:/home/me/pictures`."""
    return re.sub(r"[^\w.-]+", "_", text)[-200:]
