"""`ganbench compare`: every engine against torch on the same model, data set and seed, and what may be concluded."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.results.pairing import baselines, is_baseline, ratio_to_baseline, seed_key, twin_key
from benchmarks.results.records import Record
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, median
from benchmarks.results.verdicts import Verdict, judge_differences, judge_ratios, judged_together
from common.metrics.score import Score

TIME = "epoch_time"


@dataclass(frozen=True)
class _Comparison:
    """One quantity of one engine on one model and data set, or over all of them, against torch eager."""

    model: str
    dataset: str
    engine: str
    quantity: str
    higher_is_better: bool
    verdict: Verdict
    unit: str = "seed"


def comparison_rows(records: list[Record]) -> list[Row]:
    """One row per model, data set, engine and quantity: the mean over seeds of the paired ratio or difference.

    `epoch_time` is a ratio (engine / torch; neutral value 1; geometric mean), scores are differences (engine - torch;
    neutral value 0). An engine that ran on three models or more has a last row with the geometric mean of their ratios.
    The verdicts on one quantity are corrected together, by Holm; `value` and interval are each row's own.
    """
    single = list(_comparisons(records))
    return [_row(each) for each in [*_corrected(single), *_across_models(single)]]


def _corrected(comparisons: list[_Comparison]) -> list[_Comparison]:
    """The same with the verdicts on each quantity judged together: a table invites to look for the largest."""
    found: dict[int, Verdict] = {}
    for quantity in dict.fromkeys(each.quantity for each in comparisons):
        members = [index for index, each in enumerate(comparisons) if each.quantity == quantity]
        found |= dict(zip(members, judged_together([comparisons[i].verdict for i in members]), strict=True))
    return [dataclasses.replace(each, verdict=found[index]) for index, each in enumerate(comparisons)]


def _across_models(comparisons: list[_Comparison]) -> Iterator[_Comparison]:
    """Per engine the geometric mean of its models' time ratios; each model counts once, whatever its seeds."""
    for engine in dict.fromkeys(each.engine for each in comparisons):
        ratios = [each.verdict.summary.mean for each in comparisons if (each.engine, each.quantity) == (engine, TIME)]
        if len(ratios) >= LEAST_FOR_INTERVAL:
            yield _Comparison(f"all {len(ratios)}", "all", engine, TIME, False, judge_ratios(ratios), "model")


def _comparisons(records: list[Record]) -> Iterator[_Comparison]:
    known = baselines(records)
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        if not is_baseline(record) and record.status == "finished" and twin_key(record) in known:
            cell = record.cell
            key = (cell.model.name, cell.dataset, f"{cell.engine} {cell.execution}", seed_key(record))
            groups.setdefault(key, []).append(record)
    for (model, dataset, engine, _), group in groups.items():
        for quantity, better, verdict in _quantities(group, known):
            yield _Comparison(model, dataset, engine, quantity, better, verdict)


def _quantities(group: list[Record], known: dict[str, Record]) -> Iterator[tuple[str, bool, Verdict]]:
    ratios = [ratio for record in group if (ratio := ratio_to_baseline(record, known)) is not None]
    if ratios:
        yield TIME, False, judge_ratios(ratios)
    for name in dict.fromkeys(name for record in group for name in record.metrics):
        pairs = [(record, known[twin_key(record)]) for record in group]
        both = [(mine.metrics[name], base.metrics[name]) for mine, base in pairs if _comparable(mine, base, name)]
        if both:
            values = [mine.value - base.value for mine, base in both]
            score = both[0][0]
            margin = _margin([each for pair in both for each in pair])
            yield score.display_name, score.higher_is_better, judge_differences(values, margin)


def _comparable(mine: Record, base: Record, name: str) -> bool:
    """Whether both have the score, measured under one protocol."""
    one, other = mine.metrics.get(name), base.metrics.get(name)
    return one is not None and other is not None and one.protocol == other.protocol


def _margin(scores: list[Score]) -> float | None:
    """What counts as equal: the floor's own spread, where the judge measured it; less is below what it can see."""
    spreads = [float(spread) for score in scores if (spread := score.extra.get("floor_spread"))]
    return median(spreads) if spreads else None


def _row(each: _Comparison) -> Row:
    verdict, ratio = each.verdict, each.verdict.form == "ratio"
    high, low = ("slower", "faster") if ratio else ("better", "worse") if each.higher_is_better else ("worse", "better")
    return {
        "model": each.model, "dataset": each.dataset, "engine": each.engine, "against": "torch eager",
        "quantity": each.quantity, "form": verdict.form,
        "value": verdict.summary.mean, "low": verdict.summary.low, "high": verdict.summary.high,
        "seeds": verdict.summary.count, "margin": verdict.margin, "verdict": verdict.words(high, low, each.unit),
    }  # fmt: skip
