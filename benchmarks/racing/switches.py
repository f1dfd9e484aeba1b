"""What one choice changes with all else equal: contenders of a race that differ in one part of their name alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import get_args

from benchmarks.racing.estimate import verdicts
from benchmarks.racing.record import Entry, RaceRecord
from benchmarks.racing.rows import variants
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, LEVEL
from benchmarks.results.verdicts import Verdict, judge_ratios, judged_together
from common.specs.cell import CONTENDER
from common.specs.engines import ENGINES, Execution, Precision

# (what is another, the contender with less of it, the other)
Switch = tuple[str, str, str]


def switch_rows(*records: RaceRecord) -> list[Row]:
    """One row per switch that at least three races tell of: compiling, a precision, an engine in another's place.

    `ratio` is the time with it over the time without, the geometric mean over races; below 1 it makes faster. `faster`
    and `slower` count the races in which that is proven, corrected together (Holm) over all races and switches, and the
    verdicts of means together over all switches.
    """
    told = [each for record, variant in zip(records, variants(records), strict=True) for each in _told(record, variant)]
    alone = judged_together([verdict for _, _, verdict in told])
    of_switch: dict[Switch, list[tuple[str, Verdict]]] = {}
    for (switch, name, _), verdict in zip(told, alone, strict=True):
        of_switch.setdefault(switch, []).append((name, verdict))
    of_switch = {switch: own for switch, own in of_switch.items() if len(own) >= LEAST_FOR_INTERVAL}
    margin = records[0].rules.margin if records else None
    means = [judge_ratios([verdict.summary.mean for _, verdict in own], margin) for own in of_switch.values()]
    return [
        _row(switch, own, mean)
        for (switch, own), mean in zip(of_switch.items(), judged_together(means), strict=True)
    ]  # fmt: skip


def _told(record: RaceRecord, variant: str) -> Iterator[tuple[Switch, str, Verdict]]:
    """Every switch that the race tells of, the race's name and its verdict."""
    name = record.entries[0].cell.model.name + (f" ({variant})" if variant else "")
    judged: dict[str, dict[str, Verdict]] = {}
    for without, with_it in combinations(sorted((each for each in record.entries if not each.control), key=_rank), 2):
        changed = _changed(without, with_it)
        if len(changed) == 1:
            if without.name not in judged:
                judged[without.name] = verdicts(record.model_copy(update={"reference": without.name}))
            if with_it.name in judged[without.name]:
                yield (changed[0], without.name, with_it.name), name, judged[without.name][with_it.name]


def _rank(entry: Entry) -> tuple[int, int, int, bool, str]:
    """Sorts contenders of any race alike, each choice after what it is a choice beyond."""
    cell, known = entry.cell, list(ENGINES)
    engine = known.index(cell.engine) if cell.engine in known else len(known)  # a record may be of a plug-in not here
    execution, precision = get_args(Execution).index(cell.execution), get_args(Precision).index(cell.precision)
    return engine, execution, precision, cell.stock, entry.name


def _changed(one: Entry, other: Entry) -> list[str]:
    return [field for field in CONTENDER if getattr(one.cell, field) != getattr(other.cell, field)]


def _row(switch: Switch, own: list[tuple[str, Verdict]], mean: Verdict) -> Row:
    ordered = sorted(own, key=lambda each: each[1].summary.mean)
    (least_in, least), (most_in, most) = ordered[0], ordered[-1]
    differ = [verdict.sample.centre for _, verdict in own if verdict.kind == "differs"]
    return {
        "changed": switch[0], "without": switch[1], "with": switch[2], "races": len(own),
        "ratio": mean.summary.mean, "low": mean.summary.low, "high": mean.summary.high, "level": LEVEL,
        "verdict": mean.words("slower", "faster", "race"),
        "faster": sum(centre < 0 for centre in differ), "slower": sum(centre > 0 for centre in differ),
        "least": least.summary.mean, "least_in": least_in, "most": most.summary.mean, "most_in": most_in,
    }  # fmt: skip
