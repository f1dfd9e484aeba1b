"""Scores in tables: one row per model, data set and engine, in the form of the thesis the project started from.

Several seeds of one configuration are one row: scores are means over the seeds, with their interval from three on.
"""

from __future__ import annotations

from benchmarks.report.table import NONE, Column, Content, Value
from benchmarks.results.quantities import MAIN
from benchmarks.results.records import Record
from benchmarks.results.statistics import summarize
from common.metrics.score import Score, display_name, qualifier_of


def score_names(records: list[Record]) -> tuple[list[str], list[str]]:
    """The names of the scores that there are: the thesis' in its order, which the first table shows, and the others."""
    found = list(dict.fromkeys(name for record in records for name in record.metrics))
    return [name for name in MAIN if name in found], [name for name in found if name not in MAIN]


def paired(names: list[str]) -> list[tuple[str, ...]]:
    """The scores of each column; precision and recall share one."""
    pairs: list[tuple[str, ...]] = []
    for name in names:
        if name == "recall" and ("precision",) in pairs:
            pairs[pairs.index(("precision",))] = ("precision", "recall")
        else:
            pairs.append((name,))
    return pairs


def score_column(pair: tuple[str, ...], records: list[Record]) -> Column:
    """The head of a column of scores, with an arrow to the better end."""
    found = [[record.metrics[name] for record in records if name in record.metrics] for name in pair]
    arrow = "↑" if found[0][0].higher_is_better else "↓"
    short = " /\n".join(scores[0].name.replace("Inception Score", "IS") for scores in found)
    qualifiers = dict.fromkeys(qualifier_of(score.extractor) for scores in found for score in scores)
    return Column(
        f"{_heading(found)} {arrow}",
        tuple(_one_heading(scores) for scores in found),
        f"{short} {arrow}\n{' or '.join(filter(None, qualifiers))}",
    )


def score_cell(records: list[Record], pair: tuple[str, ...]) -> Content:
    """The mean of each score of a column over the seeds."""
    return tuple(_mean(records, name) for name in pair)


def _floors(records: list[Record], name: str) -> dict[str, Value]:
    """The floors of a score, least first, by what is printed: those of two processors differ in their last bits."""
    known = sorted({floor for r in records if name in r.metrics and (floor := r.metrics[name].floor) is not None})
    told: dict[str, Value] = {}
    for value in map(Value, known):
        told.setdefault(value.text(), value)
    return told


def floor_cell(records: list[Record], pair: tuple[str, ...]) -> Content:
    """What real images score against real images; where records disagree in what is printed, words."""
    floors = [_floors(records, name) for name in pair]
    if all(len(each) <= 1 for each in floors):
        return tuple(next(iter(each.values()), Value(None)) for each in floors)
    return " / ".join(" or ".join(each) or NONE for each in floors)


def _mean(records: list[Record], name: str) -> Value:
    values = [record.metrics[name].value for record in records if name in record.metrics]
    if not values:
        return Value(None)
    summary = summarize(values)
    return Value(summary.mean, summary.low, summary.high)


def _heading(found: list[list[Score]]) -> str:
    """As "Precision / Recall (mnistnet)": an extractor that all scores of a column share is written once."""
    extractors = {score.extractor for scores in found for score in scores}
    if len(extractors) == 1:
        return display_name(" / ".join(scores[0].name for scores in found), extractors.pop())
    return " / ".join(_one_heading(scores) for scores in found)


def _one_heading(scores: list[Score]) -> str:
    return " or ".join(dict.fromkeys(score.display_name for score in scores))
