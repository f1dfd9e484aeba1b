"""What one run or several hold: their records merged, their races, and the cells that lack a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.racing.record import RaceRecord, load_races
from benchmarks.results.aims import Aims
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import CellList, RunFolder
from common.errors import BadInput
from common.specs.cell import Cell, baseline_first


@dataclass(frozen=True, eq=False)
class Gathered:
    """Runs as one.

    Attributes:
        cells: all that were asked for or have a record, in the order of tables: what is compared stands together.
        records: those that there are, by the id of their cell.
        folders: where each cell lies, by its id.
        races: of all runs, by label.
        aims: of all runs; of several margins for one quantity the smallest counts.
        doubles: how many cells have a record in more than one run.
    """

    cells: list[Cell]
    by_id: dict[str, Record]
    folders: dict[str, CellFolder]
    races: list[RaceRecord]
    aims: Aims
    doubles: int = 0

    @cached_property
    def records(self) -> list[Record]:
        """The records, in the order of the cells."""
        return [self.by_id[cell.id] for cell in self.cells if cell.id in self.by_id]

    @property
    def missing(self) -> list[Cell]:
        """The cells without a record."""
        return [cell for cell in self.cells if cell.id not in self.by_id]


def gather(runs: Sequence[RunFolder]) -> Gathered:
    """Merge runs. Of a cell that several have trained, a finished record counts before any other, then the latest.

    Raises:
        BadInput: neither records nor races in any of the runs, or a damaged one.
    """
    cells: dict[str, Cell] = {}
    found: dict[str, list[tuple[Record, CellFolder]]] = {}
    races: dict[str, RaceRecord] = {}
    folders: dict[str, CellFolder] = {}
    asked = [run.asked() if run.matrix_file.is_file() else CellList(cells=[]) for run in runs]
    for run, listed in zip(runs, asked, strict=True):
        for cell in listed.cells:
            cells.setdefault(cell.id, cell)
            folders.setdefault(cell.id, run.of(cell))
        for folder, record in run.recorded():
            found.setdefault(record.cell.id, []).append((record, folder))
        for race in load_races(run):
            if race.label not in races or races[race.label].started_at < race.started_at:
                races[race.label] = race
    if not found and not races:
        places = ", ".join(str(run.path / "cells") for run in runs)
        raise BadInput(f"No records under {places}: give folders that `ganbench run --out` wrote.")
    best = {id_: max(each, key=_worth) for id_, each in found.items()}
    cells |= {id_: record.cell for id_, (record, _) in best.items()}
    return Gathered(
        cells=ordered(cells.values()),
        by_id={id_: record for id_, (record, _) in best.items()},
        folders=folders | {id_: folder for id_, (_, folder) in best.items()},
        races=[races[label] for label in sorted(races)],
        aims=_merged([listed.aims for listed in asked]),
        doubles=sum(len(each) > 1 for each in found.values()),
    )


def ordered(cells: Iterable[Cell]) -> list[Cell]:
    """By model, data set, engine (torch eager first), contender and seed, so that what is compared stands together;
    configurations of one contender stay in the order they come in."""

    def key(cell: Cell) -> tuple[object, ...]:
        not_torch, *how = baseline_first(cell)
        return cell.model.name, cell.dataset, not_torch, cell.engine, how, cell.contender, cell.seed

    return sorted(cells, key=key)


def _worth(candidate: tuple[Record, CellFolder]) -> tuple[bool, str, str]:
    record, folder = candidate
    return record.status == "finished", record.finished_at, str(folder.path)


def _merged(aims: Sequence[Aims]) -> Aims:
    margins: dict[str, float] = {}
    quality: dict[str, float] = {}
    for each in aims:
        for name, margin in each.margins.items():
            margins[name] = min(margin, margins.get(name, margin))
        quality = {**each.quality, **quality}
    return Aims(margins=margins, quality=quality)
