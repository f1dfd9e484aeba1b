"""`ganbench compare`: every engine against torch on the same model, data set and seed, and what may be concluded."""

from __future__ import annotations

from benchmarks.results.pairing import baselines, is_baseline, ratio_to_baseline, seed_key, twin_key
from benchmarks.results.records import Record
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, summarize


def comparison_rows(records: list[Record]) -> list[Row]:
    """One row per model, data set, engine and quantity: the mean over seeds of the paired ratio or difference.

    `epoch_time` is a ratio (engine / torch; neutral value 1), scores are differences (engine - torch; neutral value 0).
    The verdict says "no difference shown" where the interval holds the neutral value, and gives none without one.
    """
    known = baselines(records)
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        if not is_baseline(record) and record.status == "finished" and twin_key(record) in known:
            cell = record.cell
            key = (cell.model.name, cell.dataset, f"{cell.engine} {cell.execution}", seed_key(record))
            groups.setdefault(key, []).append(record)
    return [
        {"model": model, "dataset": dataset, "engine": engine, "against": "torch eager", **row}
        for (model, dataset, engine, _), group in groups.items()
        for row in _quantities(group, known)
    ]


def _quantities(group: list[Record], known: dict[str, Record]) -> list[Row]:
    ratios = [ratio for record in group if (ratio := ratio_to_baseline(record, known)) is not None]
    rows = [_row("epoch_time", "ratio", ratios, 1.0, higher_is_better=False)] if ratios else []
    for name in dict.fromkeys(name for record in group for name in record.metrics):
        pairs = [(record, known[twin_key(record)]) for record in group]
        scores = [(mine.metrics[name], base.metrics[name]) for mine, base in pairs if _comparable(mine, base, name)]
        if scores:
            values = [mine.value - base.value for mine, base in scores]
            rows.append(_row(scores[0][0].display_name, "difference", values, 0.0, scores[0][0].higher_is_better))
    return rows


def _comparable(mine: Record, base: Record, name: str) -> bool:
    """Whether both have the score, measured under one protocol."""
    one, other = mine.metrics.get(name), base.metrics.get(name)
    return one is not None and other is not None and one.protocol == other.protocol


def _row(quantity: str, form: str, values: list[float], neutral: float, higher_is_better: bool) -> Row:
    summary = summarize(values)
    if summary.count < LEAST_FOR_INTERVAL:
        verdict = f"{summary.count} seed{'s' if summary.count > 1 else ''}, no interval"
    elif not summary.excludes(neutral):
        verdict = "no difference shown"
    else:
        better = (summary.mean > neutral) == higher_is_better
        verdict = ("faster" if better else "slower") if form == "ratio" else ("better" if better else "worse")
    return {
        "quantity": quantity, "form": form, "value": summary.mean, "low": summary.low, "high": summary.high,
        "seeds": summary.count, "verdict": verdict,
    }  # fmt: skip
