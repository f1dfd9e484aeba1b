"""What a run no longer needs: checkpoints of trainings that will not go on, halves of files and of repetitions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.rows import Row, cell_row
from benchmarks.results.run_folder import RunFolder
from common.specs.cell import Cell


@dataclass(frozen=True)
class Spare:
    """Files of one cell that nothing needs any more, and what they are."""

    cell: Cell
    what: str
    files: tuple[Path, ...]

    @property
    def row(self) -> Row:
        """As a table shows it: the cell, what, how many files, megabytes."""
        size = sum(path.stat().st_size for path in self.files)
        return {**cell_row(self.cell), "what": self.what, "files": len(self.files), "megabytes": round(size / 1e6, 3)}


def spare(run: RunFolder) -> list[Spare]:
    """What can go, cell by cell; nothing of a cell that is being worked on, or whose training may go on.

    A cell that is finished keeps its generator, samples, pictures, records and logs: all that scoring, drawing, export,
    reports and sites need. Of one that diverged the checkpoints are of no use either, since it would diverge again.

    Raises:
        BadInput: `run` is not a run folder, or a record in it is damaged.
    """
    found = []
    for cell in run.cells():
        folder = run.of(cell)
        if folder.is_busy() or folder.repetition.is_busy():
            continue
        there = sorted(path for path in folder.path.rglob("*") if path.is_file())
        again = [path for path in there if path.is_relative_to(folder.repetition.path)]
        halves = [path for path in there if path.match(".*.part") and path not in again]
        kinds = {"interrupted repetition": again, "halves of files": halves}
        if _settled(folder):
            kinds["checkpoints"] = sorted(folder.checkpoints.glob("epoch_*.safetensors"))
        found += [Spare(cell, what, tuple(files)) for what, files in kinds.items() if files]
    return found


def remove(found: list[Spare]) -> None:
    """Delete the files of `found`, and folders that are empty then."""
    for path in (path for each in found for path in each.files):
        path.unlink(missing_ok=True)
        while not any((path := path.parent).iterdir()):
            path.rmdir()


def _settled(folder: CellFolder) -> bool:
    record = folder.record()
    return record is not None and record.settled
