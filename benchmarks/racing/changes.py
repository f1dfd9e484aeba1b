"""Two races of the same contenders, held at different times: what became of each ratio, and whether that is more than
chance. So a framework's release can be held against the one before, and a published race against one of your own."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.racing.estimate import LOOK_ALPHA, ratios
from benchmarks.racing.record import Entry, RaceRecord
from benchmarks.results.mixing import machine_text
from benchmarks.results.rows import Row
from benchmarks.results.statistics import summarize_ratios
from benchmarks.results.verdicts import judge_change, judged_together
from common.specs.cell import CONTENDER

Pair = tuple[RaceRecord, RaceRecord]


def paired_races(earlier: Sequence[RaceRecord], later: Sequence[RaceRecord]) -> list[Pair]:
    """(earlier, later) of each race that both have: same model, data set, shape and reference."""
    before = {_key(race): race for race in earlier}
    return [(before[key], race) for race in later if (key := _key(race)) in before]


def _key(race: RaceRecord) -> str:
    reference = next(entry for entry in race.entries if entry.name == race.reference)
    return f"{reference.name} {reference.cell.identity(*CONTENDER, 'seed')}"


def change_rows(pairs: Sequence[Pair]) -> list[Row]:
    """One row per contender of both races: its ratio to the reference in each, and the later over the earlier one.

    Replicates are the incarnations of both. The verdicts are corrected together, by Holm; the margin is the later
    race's.
    """
    found = [
        (entry, before[entry.name], after[entry.name], new.rules.margin)
        for old, new in pairs
        for before, after in [(ratios(old), ratios(new))]
        for entry in _common(old, new)
        if before[entry.name] and after[entry.name]
    ]
    judged = judged_together([judge_change(old, new, margin, LOOK_ALPHA) for _, old, new, margin in found])
    return [
        {
            "model": entry.cell.model.name, "dataset": entry.cell.dataset, "contender": entry.name,
            **_ratio("earlier", old), **_ratio("later", new),
            "change": verdict.summary.mean, "low": verdict.summary.low, "high": verdict.summary.high,
            "level": verdict.summary.level, "margin": verdict.margin,
            "verdict": verdict.words("slower", "faster", "incarnation"),
        }
        for (entry, old, new, _), verdict in zip(found, judged, strict=True)
    ]  # fmt: skip


def _common(old: RaceRecord, new: RaceRecord) -> list[Entry]:
    there = {entry.name for entry in old.entries if not entry.control}
    return [entry for entry in new.entries if entry.name in there and not entry.control and entry.name != new.reference]


def _ratio(when: str, found: Sequence[float]) -> Row:
    summary = summarize_ratios(found, 1.0 - LOOK_ALPHA)
    return {when: summary.mean, f"{when}_low": summary.low, f"{when}_high": summary.high}


def race_differences(pairs: Sequence[Pair]) -> list[str]:
    """What the two of a pair do not have in common but should: machine, device, threads. Each as "machine (a / b)"."""
    texts: dict[str, None] = {}
    for old, new in pairs:
        for what, fact in (("machine", _machine), ("device", _device), ("threads", _threads)):
            if fact(old) != fact(new):
                texts[f"{what} ({fact(old)} / {fact(new)})"] = None
    return list(texts)


def _machine(race: RaceRecord) -> str:
    return machine_text(race.host)


def _device(race: RaceRecord) -> str:
    return race.gpu.name if race.gpu else "cpu"


def _threads(race: RaceRecord) -> str:
    return ", ".join(sorted({str(start.threads) for start in race.starts}))
