"""What races say: one row per contender, and over the races of several models the mean of their ratios."""

from __future__ import annotations

import math

from benchmarks.racing.energy import energy_columns
from benchmarks.racing.estimate import LOOK_ALPHA, incarnation_levels, verdicts
from benchmarks.racing.record import Entry, RaceRecord, Start
from benchmarks.racing.utilisation import utilisation
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, LEVEL, median
from benchmarks.results.variants import differing, worded
from benchmarks.results.verdicts import Verdict, judge_ratios, judged_together
from common.specs.base import flatten
from common.specs.cell import CONTENDER

Judged = dict[tuple[int, str], Verdict]


def race_rows(*records: RaceRecord) -> list[Row]:
    """One row per contender of every race; then, where an engine raced on three shapes or more, one over all of them.

    `ratio` is the contender's time over the reference's, with its interval; below 1 is faster. The verdicts of all
    contenders are corrected together, by Holm; controls are judged alone. `level` is what the intervals cover at least.
    `marked` counts windows during which something was wrong; they count like the others, by a median.
    """
    judged, settings = _judged(records), _settings(records)
    rows = [
        _row(records[index], entry, worded(settings[index]), judged.get((index, entry.name)))
        for index in _from_small_to_large(records, settings)
        for entry in records[index].entries
    ]
    return rows + _across(records, rows)


def variants(records: tuple[RaceRecord, ...]) -> list[str]:
    """What tells races of one model and data set apart: "network.width=32", "" where there is one only."""
    return [worded(setting) for setting in _settings(records)]


def _kind(record: RaceRecord) -> tuple[str, str]:
    return record.entries[0].cell.model.name, record.entries[0].cell.dataset


def _from_small_to_large(records: tuple[RaceRecord, ...], settings: list[dict[str, object]]) -> list[int]:
    """The races' indices, those of one model and data set together and by the numbers in which they differ."""
    kinds = [_kind(record) for record in records]
    sizes = [[value for value in setting.values() if isinstance(value, int | float)] for setting in settings]
    return sorted(range(len(records)), key=lambda index: (kinds.index(kinds[index]), sizes[index]))


def _settings(records: tuple[RaceRecord, ...]) -> list[dict[str, object]]:
    """By race the fields, and their values, in which races of its model and data set differ."""
    alike: dict[tuple[str, str], list[int]] = {}
    for index, record in enumerate(records):
        alike.setdefault(_kind(record), []).append(index)
    found: dict[int, dict[str, object]] = {}
    for indices in alike.values():
        cells = (records[index].entries[0].cell for index in indices)
        flats = [flatten(cell.model_dump(exclude=set(CONTENDER))) for cell in cells]
        found |= zip(indices, differing(flats), strict=True)
    return [found[index] for index in range(len(records))]


def controls_hold(rows: list[Row]) -> bool:
    """Whether every control came out as it must; one that is undecided tells that the race was too short for 5 %."""
    return all(row["verdict"].startswith("control passed") for row in rows if row["control"])


def _judged(records: tuple[RaceRecord, ...]) -> Judged:
    every = {(index, name): each for index, record in enumerate(records) for name, each in verdicts(record).items()}
    controls = {(i, entry.name) for i, record in enumerate(records) for entry in record.entries if entry.control}
    real = [key for key in every if key not in controls]
    return {**every, **dict(zip(real, judged_together([every[key] for key in real]), strict=True))}


def _row(record: RaceRecord, entry: Entry, variant: str, verdict: Verdict | None) -> Row:
    through = {i: found[entry.name] for i, found in enumerate(incarnation_levels(record), 1) if entry.name in found}
    levels = list(through.values())
    starts = [start for start in record.starts if start.contender == entry.name]
    alone = [start for start in starts if start.alone]
    windows = [window for window in record.windows if window.contender == entry.name and window.round > 0]
    rate = math.exp(-median(levels)) if levels else None
    summary = verdict.summary if verdict else None
    return {
        "race": record.label, "model": entry.cell.model.name, "dataset": entry.cell.dataset, "variant": variant,
        "contender": entry.name,
        "iterations_per_second": rate,
        "images_per_second": rate * starts[0].images_per_iteration if rate and starts else None,
        "ratio": 1.0 if entry.name == record.reference and levels else summary.mean if summary else None,
        "low": summary.low if summary else None,
        "high": summary.high if summary else None,
        "level": LEVEL,
        "verdict": _words(record, entry, max(through, default=0), verdict),
        "compile_seconds": _typical([start.compile_seconds for start in alone]),
        "startup_seconds": _typical([start.startup_seconds for start in alone]),
        "peak_memory_mb": _memory(starts),
        **utilisation(record, starts[0] if starts else None, entry.cell.precision, rate),
        **energy_columns(record, entry.name, starts[0].images_per_iteration if starts else None),
        "batch_size": entry.cell.phases()[-1].batch_size,
        "width": getattr(entry.cell.model.network, "width", None),
        "incarnations": len(levels), "windows": len(windows), "marked": sum(bool(each.marks) for each in windows),
        "control": entry.control, "region": entry.cell.region,
    }  # fmt: skip


def _words(record: RaceRecord, entry: Entry, last: int, verdict: Verdict | None) -> str:
    """What the table says; `last` is the last incarnation that the contender came through whole."""
    failures = [each for each in record.failures if each.contender == entry.name and each.incarnation > last]
    if failures:
        return f"out: {failures[-1].reason}"
    if entry.name == record.reference:
        return "reference"
    if verdict is None:
        return "no ratio"
    words = verdict.words("slower", "faster", "incarnation")
    return _of_control(entry, verdict, words) if entry.control else words


def _of_control(entry: Entry, verdict: Verdict, words: str) -> str:
    """The reference again must come out equivalent; a planted slow-down must be seen to be one."""
    if entry.control == "slowed":
        found = verdict.p_differs is not None and verdict.p_differs < LOOK_ALPHA and verdict.sample.centre > 0
        if found:
            return "control passed: found"
    elif verdict.kind == "equivalent":
        return f"control passed: {words}"
    undecided = verdict.kind in ("too few", "not decided")
    return f"control {'undecided' if undecided else 'failed'}: {words}"


def _typical(values: list[float]) -> float | None:
    return median(values) if values else None


def _memory(starts: list[Start]) -> float | None:
    """Largest peak in MB: of the device's allocator, or on the CPU of the process."""
    peaks = [peak for start in starts if (peak := start.peak_device_bytes or start.peak_process_bytes)]
    return max(peaks) / 2**20 if peaks else None


def _across(records: tuple[RaceRecord, ...], rows: list[Row]) -> list[Row]:
    """Per engine the geometric mean of its ratios over the races it took part in, and the interval over races."""
    margin = records[0].rules.margin if records else None
    found = []
    for name in dict.fromkeys(row["contender"] for row in rows if not row["control"] and row["verdict"] != "reference"):
        ratios = [row["ratio"] for row in rows if row["contender"] == name and row["ratio"] is not None]
        if len(ratios) >= LEAST_FOR_INTERVAL:
            verdict = judge_ratios(ratios, margin)
            row = dict.fromkeys(rows[0]) | {
                "race": "all", "model": f"all {len(ratios)}", "dataset": "all", "contender": name, "level": LEVEL,
                "ratio": verdict.summary.mean, "low": verdict.summary.low, "high": verdict.summary.high,
                "verdict": verdict.words("slower", "faster", "race"), "control": "",
            }  # fmt: skip
            found.append(row)
    return found
