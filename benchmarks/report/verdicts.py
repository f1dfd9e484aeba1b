"""Verdicts in words: what each engine came out as against the reference, on each model and over all of them."""

from __future__ import annotations

from benchmarks.report.table import Column, Table
from benchmarks.results.comparison_page import label
from benchmarks.results.quantities import EPOCH_TIME
from benchmarks.results.rows import Row


def verdict_table(comparison: list[Row], races: list[Row], notes: list[str]) -> Table:
    """One row per model, data set and engine: speed and quality, each verdict before its number.

    Speed is that of a race where there was one, else that of the trainings' epochs. Rows over all models stand first.

    Args:
        comparison: rows of `comparison_rows`.
        races: rows of `race_rows`.
        notes: the protocol.
    """
    lines: dict[tuple[str, str, str, str], tuple[list[str], dict[str, list[str]]]] = {}
    raced = {}
    for row in races:
        if not row["control"] and row["verdict"] != "reference" and not row["variant"]:
            key = (row["model"], row["dataset"], row["contender"])
            raced[key] = f"in a race {row['verdict']} {_number(row, 'times as long')}".strip()
    for row in comparison:
        key = (row["model"], row["dataset"], label(row))
        speed, quality = lines.setdefault((*key, row["against"]), ([], {}))
        if row["quantity"] == EPOCH_TIME:
            speed.append(raced.pop(key, f"{row['verdict']} {_number(row, 'times as long')}"))
        elif row["main"] and row["form"] != "difference":  # a time to quality, or why there is none
            speed.append(f"{row['quantity']} {row['verdict']} {_number(row, 'times as long')}".strip())
        elif row["main"]:
            quality.setdefault(row["verdict"], []).append(f"{row['quantity']} {_number(row)}")
    for (model, dataset, engine), text in raced.items():
        lines.setdefault((model, dataset, engine, "the reference"), ([], {}))[0].append(text)
    columns = [
        *(Column("model"), Column("dataset"), Column("engine"), Column("against")),
        *(Column("speed", wide=True), Column("quality", wide=True)),
    ]
    rows = [[*key, "; ".join(speed) or "-", _by_verdict(quality)] for key, (speed, quality) in lines.items()]
    first = sorted(rows, key=lambda row: not row[0].startswith("all "))
    return Table("verdicts", "Verdicts", columns, [list(row) for row in first], notes if rows else [])


def _by_verdict(quality: dict[str, list[str]]) -> str:
    """As "worse: FID (+2.1); not decided: Precision (-0.01), Recall (+0.02)"."""
    return "; ".join(f"{verdict}: {', '.join(scores)}" for verdict, scores in quality.items()) or "-"


def _number(row: Row, unit: str = "") -> str:
    """As "(1.12 times as long [1.08, 1.16])" or "(+1.2 [0.3, 2.1])"."""
    value = row.get("value", row.get("ratio"))
    if value is None:
        return ""
    ratio = bool(unit)
    digits = "{:.3g}" if ratio else "{:+.3g}"
    ends = "" if row["low"] is None else f" [{digits.format(row['low'])}, {digits.format(row['high'])}]"
    return f"({digits.format(value)}{' ' + unit if ratio else ''}{ends})"
