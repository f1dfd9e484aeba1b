"""What the pages are made from: the records, races and margins of one run or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.racing.race import RECORD
from benchmarks.racing.record import RaceRecord, load_race
from benchmarks.report.summary import ordered
from benchmarks.results.aims import Aims
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record, load_record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.cell import Cell


@dataclass(frozen=True)
class Gathered:
    """Runs as one.

    Attributes:
        records: one a cell, in the order of tables.
        folders: where each cell lies, by its id.
        missing: cells that were asked for and have no record.
        races: of all runs, by label. aims: of the first run that has margins.
    """

    records: list[Record]
    folders: dict[str, CellFolder]
    missing: list[Cell]
    races: list[RaceRecord]
    aims: Aims


def gather(runs: Sequence[RunFolder]) -> Gathered:
    """Merge runs. Of a cell that several have trained, a finished record counts before any other, then the latest.

    Raises:
        BadInput: neither records nor races in any of the runs, or a damaged one.
    """
    best: dict[str, tuple[Record, CellFolder]] = {}
    races: dict[str, RaceRecord] = {}
    asked: dict[str, Cell] = {}
    for run in runs:
        asked |= {cell.id: cell for cell in (run.cells() if run.matrix_file.is_file() else [])}
        for path in sorted(run.path.glob("cells/*/record.json")):
            found = load_record(path), CellFolder(path.parent)
            best[found[0].id] = max(best.get(found[0].id, found), found, key=_worth)
        for path in sorted(run.path.glob(f"races/*/{RECORD}")):
            race = load_race(path)
            if race is not None:
                races[race.label] = race
    if not best and not races:
        places = ", ".join(str(run.path) for run in runs)
        raise BadInput(f"Neither records nor races in {places}: give folders that `ganbench run --out` wrote.")
    return Gathered(
        records=ordered([record for record, _ in best.values()]),
        folders={id_: folder for id_, (_, folder) in best.items()},
        missing=[cell for id_, cell in asked.items() if id_ not in best],
        races=[races[label] for label in sorted(races)],
        aims=next((aims for run in runs if (aims := run.aims()).margins), Aims()),
    )


def _worth(found: tuple[Record, CellFolder]) -> tuple[bool, str]:
    return found[0].status == "finished", found[0].finished_at
