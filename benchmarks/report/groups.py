"""The rows of the tables: cells that differ in nothing but the seed, and what their records say together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from benchmarks.report.gathered import Gathered
from benchmarks.results.pairing import baselines, ratio_to_baseline
from benchmarks.results.records import Record
from benchmarks.results.variants import variants
from common.specs.cell import Cell


@dataclass(frozen=True)
class Group:
    """One configuration on one engine.

    Attributes:
        engine: its contender, with what tells it from others of the same model, data set and contender.
        cells: its seeds.
        records: of those that have one.
        ratios: of each record's epoch seconds to the baseline's of its seed, where both are known.
    """

    model: str
    dataset: str
    engine: str
    cells: list[Cell]
    records: list[Record]
    ratios: list[float]

    @property
    def status(self) -> str:
        """How its cells ended: "finished", "2 finished, 1 failed", "missing"."""
        texts = [_ending(record) for record in self.records]
        texts += ["missing"] * (len(self.cells) - len(self.records))
        counts = {text: texts.count(text) for text in dict.fromkeys(texts)}
        return ", ".join(text if count == len(texts) else f"{count} {text}" for text, count in counts.items())


@lru_cache(maxsize=1)  # tables, figures and the terminal ask for them one after the other
def groups(gathered: Gathered) -> list[Group]:
    """The groups of all cells, in their order."""
    known = baselines(gathered.records)
    keys = {cell.id: cell.identity("seed") for cell in gathered.cells}
    told = variants(gathered.cells)
    members: dict[str, list[Cell]] = {}
    for cell in gathered.cells:
        members.setdefault(keys[cell.id], []).append(cell)
    made = []
    for key, cells in members.items():
        records = [gathered.by_id[cell.id] for cell in cells if cell.id in gathered.by_id]
        ratios = [ratio for record in records if (ratio := ratio_to_baseline(record, known)) is not None]
        first = cells[0]
        engine = f"{first.contender} ({told[key]})" if told[key] else first.contender
        made.append(Group(first.model.name, first.dataset, engine, cells, records, ratios))
    return made


def _ending(record: Record) -> str:
    if record.diverged_in_epoch is not None:
        return f"{record.status} in epoch {record.diverged_in_epoch}"
    return "not scored" if record.scoring_failed else record.status
