"""Regressions: where a later run is proven slower or worse than an earlier one, beyond the margin."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.results.comparison_page import label
from benchmarks.results.rows import Row


def regressions(cells: Sequence[Row], races: Sequence[Row] = ()) -> list[str]:
    """What has become slower or worse, each as "dcgan on mnist-5k, keras-tf graph: FID (mnistnet) 3.1 more".

    Proven is what the verdict says, corrected for all others on its quantity. That alone would name differences that
    are certain and too small to matter, so the estimate has to lie beyond the margin as well.

    Args:
        cells: rows of `comparison_rows` of two runs.
        races: rows of `benchmarks.racing.changes.change_rows`.
    """
    found = [
        f"{_who(row, label(row))}: {row['quantity'].replace('_', ' ')} {_size(row['form'], row['value'])}"
        for row in cells
        if _is_regression(row["verdict"], row["form"], row["value"], row["margin"])
    ]
    raced = [
        f"{_who(row, row['contender'])}: {_size('ratio', row['change'])} in races"
        for row in races
        if _is_regression(row["verdict"], "ratio", row["change"], row["margin"])
    ]
    return [*raced, *found]


def _is_regression(verdict: str, form: str | None, value: float | None, margin: float | None) -> bool:
    if verdict not in ("slower", "worse") or value is None:
        return False
    return value > 1.0 + (margin or 0.0) if form == "ratio" else abs(value) > (margin or 0.0)


def _who(row: Row, contender: str) -> str:
    return f"{row['model']} on {row['dataset']}, {contender}"


def _size(form: str | None, value: float) -> str:
    if form == "ratio":
        return f"{value:.3g} times as long"
    return f"{abs(value):.3g} {'more' if value > 0 else 'less'}"
