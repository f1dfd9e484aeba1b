"""Pairing: which records are twins of each other, and which of them the others are compared with."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.results.records import Record
from benchmarks.results.speed import process_seconds
from benchmarks.results.statistics import summarize_ratios
from common.specs.cell import CONTENDER, baseline_first

# whom the others are compared with unless a reader picks somebody else
REFERENCE = "torch eager"


def is_baseline(record: Record, reference: str = REFERENCE) -> bool:
    """Whether others of its model, data set and seed may be compared with this record: it is the contender `reference`;
    of torch eager every precision will do."""
    if reference == REFERENCE:
        return record.cell.engine == "torch" and record.cell.execution == "eager"
    return record.cell.contender == reference


def twin_key(record: Record) -> str:
    """Equal for records that differ in nothing but their contender."""
    return record.cell.identity(*CONTENDER)


def seed_key(record: Record) -> str:
    """Equal for records that differ in nothing but the seed."""
    return record.cell.identity("seed")


def references(records: Iterable[Record]) -> list[str]:
    """The contenders that others can be compared with, since they finished a training: torch eager first."""
    cells = sorted((record.cell for record in records if record.status == "finished"), key=baseline_first)
    return list(dict.fromkeys(cell.contender for cell in cells))


def baselines(records: list[Record], reference: str = REFERENCE) -> dict[str, Record]:
    """The finished baseline of each group of twins, by `twin_key`: of several the one in float32."""
    found = [record for record in records if is_baseline(record, reference) and record.status == "finished"]
    best_last = sorted(found, key=lambda record: baseline_first(record.cell), reverse=True)
    return {twin_key(record): record for record in best_last}


def ratio_to_baseline(record: Record, known: dict[str, Record]) -> float | None:
    """Epoch seconds over the baseline's, the geometric mean over processes; below 1 is faster. None without clocks."""
    base = known.get(twin_key(record))
    ratios = [] if base is None else time_ratios(record, base)
    return summarize_ratios(ratios).mean if ratios else None


def time_ratios(record: Record, base: Record) -> list[float]:
    """Median epoch seconds of `record` over those of `base`, the first process with the first and so on; below 1 is
    faster. Empty if either has no clocks."""
    return [mine / other for mine, other in zip(process_seconds(record), process_seconds(base), strict=False)]


def twins(records: list[Record], reference: str = REFERENCE) -> list[tuple[Record, Record]]:
    """Every finished record with the baseline of its own model, data set and seed."""
    known = baselines(records, reference)
    done = [record for record in records if record.status == "finished" and twin_key(record) in known]
    return [(record, known[twin_key(record)]) for record in done if record is not known[twin_key(record)]]


def successors(records: list[Record], earlier: list[Record]) -> list[tuple[Record, Record]]:
    """Every finished record with the finished record of the same cell among `earlier`."""
    known = {record.cell.id: record for record in earlier if record.status == "finished"}
    done = [record for record in records if record.status == "finished"]
    return [(record, known[record.cell.id]) for record in done if record.cell.id in known]
