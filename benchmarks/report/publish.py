"""Publishing: what tables, figures and pages are made from, small enough to be kept under version control."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from benchmarks.pictures.cell import make_cell_pictures
from benchmarks.pictures.side_by_side import save_side_by_side
from benchmarks.pictures.small import save_small
from benchmarks.report.build import build_report
from benchmarks.report.folder import ReportFolder
from benchmarks.report.gathered import Gathered, gather
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.pairing import seed_key
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput, unknown_name
from common.files import copy_file
from common.specs.cell import Cell


def publish(run: RunFolder, to: RunFolder, generators: Collection[str] = ()) -> list[Path]:
    """Copy of `run` to `to`, which is a run folder as well, what its report is made from, and build that.

    That is all records, whole; of the first seed of each contender the last grid of samples and the picture of nearest
    training images; and the twins side by side, all in 256 colours. Animations, samples and checkpoints stay behind,
    and weights but for those of `generators`. What was published of the same cells before is replaced.

    Args:
        run: a run, finished or not: cells without a record are named in the report.
        to: where it goes.
        generators: models whose generators of the first seed come along, for drawing and for the playground of a site.

    Returns:
        The files that `to` holds now.

    Raises:
        BadInput: nothing is recorded, `to` is the run itself, or no cell is of a model in `generators`.
        GanbenchError: something cannot be read or written.
    """
    if to.path.resolve() == run.path.resolve():
        raise BadInput(f"{to.path} is the run itself: publish it to another folder.")
    gathered = gather([run])
    models = dict.fromkeys(cell.model.name for cell in gathered.cells)
    for name in generators:
        if name not in models:
            raise unknown_name("model", name, models)
    to.open(run.cells() if run.matrix_file.is_file() else gathered.cells, gathered.aims)
    for source in [run.proofs_file, *run.race_files()]:
        if source.is_file():
            copy_file(source, to.path / source.relative_to(run.path))
    first = _first_seeds(gathered)
    for record in gathered.records:
        folder, target = gathered.folders[record.cell.id], to.of(record.cell)
        target.save_record(record)
        for source in _pictures(folder, record.cell) if record.cell.id in first else ():
            save_small(source, target.path / source.name)
        if record.cell.id in first and record.cell.model.name in generators and folder.generator_file.is_file():
            copy_file(folder.generator_file, target.generator_file)
    trained = [(each, gathered.folders[each.cell.id]) for each in gathered.records]
    for picture in save_side_by_side(ReportFolder(to.path).figures, trained):
        save_small(picture, picture)
    build_report([to])
    return sorted(path for path in to.path.rglob("*") if path.is_file())


def _first_seeds(gathered: Gathered) -> set[str]:
    """The ids of the cells that are the first seed of their contender and setting."""
    first: dict[str, Record] = {}
    for record in sorted(gathered.records, key=lambda each: each.cell.seed):
        first.setdefault(seed_key(record), record)
    return {record.cell.id for record in first.values()}


def _pictures(folder: CellFolder, cell: Cell) -> Iterator[Path]:
    make_cell_pictures(folder, folder, cell)
    grids = folder.grid_files()
    if grids:
        yield grids[max(grids)]
    if folder.nearest_file.is_file():
        yield folder.nearest_file
