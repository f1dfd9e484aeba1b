"""The folder a report is written to: which file of it lies where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.run_folder import file_name
from common.specs.cell import Cell


@dataclass(frozen=True)
class ReportFolder:
    """The files of a report below `path`, which may be the folder of the run itself.

    report.md           verdicts, tables and pictures
    tables/             the tables, each as .md, .csv, .tex and .html; tables.tex, a document of all; and plain numbers:
                        cells.csv, comparison.csv, races.csv
    figures/            pictures of several cells
    cells/              the pictures of each cell, under the names they have in a run
    tensorboard/        an event file of each cell, if asked for
    """

    path: Path

    @property
    def report_file(self) -> Path:
        """The report."""
        return self.path / "report.md"

    @property
    def tables(self) -> Path:
        """The folder of the tables."""
        return self.path / "tables"

    @property
    def figures(self) -> Path:
        """The folder of the pictures of several cells."""
        return self.path / "figures"

    def of(self, cell: Cell) -> CellFolder:
        """Where the pictures of `cell` go."""
        return CellFolder(self.path / "cells" / file_name(cell.label))

    @property
    def tensorboard(self) -> Path:
        """What TensorBoard is to be pointed at."""
        return self.path / "tensorboard"

    def event_file(self, cell: Cell) -> Path:
        """The event file of `cell`, whose folder is what TensorBoard calls a run."""
        return self.tensorboard / file_name(cell.label) / "events.out.tfevents.ganbench"

    def link(self, path: Path) -> str:
        """`path` as a link from the report."""
        return path.relative_to(self.path).as_posix()
