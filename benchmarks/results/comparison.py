"""`ganbench compare`: engines against torch, or a run against an earlier one, seed by seed, and the verdicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.results.pairing import seed_key, successors, time_ratio, twins
from benchmarks.results.records import Record
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, median
from benchmarks.results.verdicts import Verdict, judge_differences, judge_ratios, judged_together
from common.errors import BadInput
from common.metrics.score import Score

TIME = "epoch_time"
# what the page shows beside the time: the thesis' scores
_MAIN_SCORES = ("Inception Score", "FID (", "Precision", "Recall")


@dataclass(frozen=True)
class _Comparison:
    """One quantity of one engine on one model and data set, or over all of them, against `against`."""

    model: str
    dataset: str
    engine: str
    against: str
    quantity: str
    higher_is_better: bool
    verdict: Verdict
    unit: str = "seed"


def comparison_rows(records: list[Record], earlier: list[Record] | None = None) -> list[Row]:
    """One row per model, data set, engine and quantity: the mean over seeds of the paired ratio or difference.

    `epoch_time` is a ratio (engine / torch; neutral value 1; geometric mean), scores are differences (engine - torch;
    neutral value 0). An engine that ran on three models or more has a last row with the geometric mean of their ratios.
    The verdicts on one quantity are corrected together, by Holm; `value` and interval are each row's own.

    Args:
        records: of a run.
        earlier: of another run; then each cell is compared with itself there, instead of engines with torch eager.

    Raises:
        BadInput: the two runs have no finished cell in common.
    """
    if earlier is None:
        single = list(_comparisons(twins(records), "torch eager"))
    else:
        single = list(_comparisons(successors(records, earlier), "the earlier run"))
        if not single:
            raise BadInput("The two runs have no finished cell in common: compare runs of the same matrix.")
    return [_row(each) for each in [*_corrected(single), *_across_models(single)]]


def comparison_page(rows: list[Row]) -> list[Row]:
    """The same for people: one line per model, data set and engine, with time and the thesis' scores as text."""
    lines: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = row["model"], row["dataset"], row["engine"]
        line = lines.setdefault(key, {"model": key[0], "dataset": key[1], "engine": key[2], "against": row["against"]})
        line[row["quantity"]] = _text(row)
    columns = [name for name in dict.fromkeys(row["quantity"] for row in rows) if _is_main(name)]
    first = ("model", "dataset", "engine", "against")
    return [{name: line.get(name) for name in (*first, *columns)} for line in lines.values()]


def _is_main(quantity: str) -> bool:
    return quantity == TIME or quantity.startswith(_MAIN_SCORES)


def _text(row: Row) -> str:
    mean, interval = f"{row['value']:.3g}", ""
    if row["low"] is not None:
        interval = f" [{row['low']:.3g}, {row['high']:.3g}]"
    return f"{mean}{interval}: {row['verdict']}"


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
            against = comparisons[0].against
            yield _Comparison(f"all {len(ratios)}", "all", engine, against, TIME, False, judge_ratios(ratios), "model")


def _comparisons(pairs: Iterable[tuple[Record, Record]], against: str) -> Iterator[_Comparison]:
    groups: dict[tuple[str, ...], list[tuple[Record, Record]]] = {}
    for record, base in pairs:
        cell = record.cell
        key = (cell.model.name, cell.dataset, cell.contender, seed_key(record))
        groups.setdefault(key, []).append((record, base))
    for (model, dataset, engine, _), group in groups.items():
        for quantity, better, verdict in _quantities(group):
            yield _Comparison(model, dataset, engine, against, quantity, better, verdict)


def _quantities(pairs: list[tuple[Record, Record]]) -> Iterator[tuple[str, bool, Verdict]]:
    ratios = [ratio for record, base in pairs if (ratio := time_ratio(record, base)) is not None]
    if ratios:
        yield TIME, False, judge_ratios(ratios)
    for name in dict.fromkeys(name for record, _ in pairs for name in record.metrics):
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
        "model": each.model, "dataset": each.dataset, "engine": each.engine, "against": each.against,
        "quantity": each.quantity, "form": verdict.form,
        "value": verdict.summary.mean, "low": verdict.summary.low, "high": verdict.summary.high,
        "seeds": verdict.summary.count, "margin": verdict.margin, "verdict": verdict.words(high, low, each.unit),
    }  # fmt: skip
