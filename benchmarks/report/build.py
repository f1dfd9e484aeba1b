"""`ganbench report`: tables, pictures and the page around them, from records and samples alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.pictures.cell import make_cell_films, make_cell_pictures
from benchmarks.pictures.side_by_side import save_side_by_side
from benchmarks.report.figures import save_figures
from benchmarks.report.folder import ReportFolder
from benchmarks.report.formats import write_tables
from benchmarks.report.gathered import Gathered, gather
from benchmarks.report.page import page
from benchmarks.report.raw import rows_csv
from benchmarks.report.tables import Tables, make_tables
from benchmarks.report.tensorboard import save_event_files
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.files import write_text
from common.video import video_encoder


def build_report(
    runs: Sequence[RunFolder], to: Path | None = None, films: bool = False, event_files: bool = False
) -> Gathered:
    """Write the report of one run or of several together; returns what it was made from.

    Args:
        runs: the runs.
        to: the folder for it; None: that of the run itself, if it is one.
        films: the animations of trainings as MP4, too.
        event_files: trainings as event files for TensorBoard, too.

    Raises:
        BadInput: there are no records, or a damaged one; several runs and no folder; the package for films or event
            files is missing.
    """
    if to is None and len(runs) != 1:
        raise BadInput("A report of several runs needs a folder of its own: give --to FOLDER.")
    folder = ReportFolder(runs[0].path if to is None else to)
    if films:
        video_encoder()  # or say what is missing before anything is written
    gathered = gather(runs)
    for record in gathered.records:
        cell = record.cell
        make_cell_pictures(gathered.folders[cell.id], folder.of(cell), cell)
        if films:
            make_cell_films(gathered.folders[cell.id], folder.of(cell), cell)
    pictures = save_side_by_side(folder.figures, [(each, gathered.folders[each.cell.id]) for each in gathered.records])
    tables = make_tables(gathered)
    _save_tables(folder, tables)
    figures = save_figures(folder.figures, gathered, tables.raw.get("comparison", []), tables.raw.get("races", []))
    write_text(folder.report_file, page(folder, gathered, tables, figures, pictures))
    if event_files:
        save_event_files(folder, gathered)
    return gathered


def _save_tables(folder: ReportFolder, tables: Tables) -> None:
    """Write all tables; those of an earlier report that would tell nothing now are deleted."""
    for name in tables.silent:
        for old in folder.tables.glob(f"{name}.*"):
            old.unlink()
    write_tables(folder.tables, [*tables.first, *tables.behind])
    for name, rows in tables.raw.items():
        write_text(folder.tables / f"{name}.csv", rows_csv(rows))
