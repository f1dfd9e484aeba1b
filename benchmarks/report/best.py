"""The best generators of trainings that were scored on the way: columns of their scores and of their epochs."""

from __future__ import annotations

from benchmarks.report.table import NONE, Column, Content, Value
from benchmarks.results.best import best_scores, main_score
from benchmarks.results.records import Record
from benchmarks.results.statistics import summarize
from common.metrics.score import qualifier_of

EPOCHS = Column("best after epoch", short="best\nafter\nepoch")


def choosers(records: list[Record]) -> list[str]:
    """The scores by which the best generators of `records` were chosen; none where none was scored on the way."""
    return list(dict.fromkeys(name for record in records if (name := _chooser(record)) is not None))


def best_column(name: str, records: list[Record]) -> Column:
    """The head of the column of score `name` of the generators that it chose."""
    score = next(record.metrics[name] for record in records if _chooser(record) == name)
    arrow = "↑" if score.higher_is_better else "↓"
    title, short = f"best {score.display_name}", score.name.replace("Inception Score", "IS")
    return Column(f"{title} {arrow}", (title,), f"best\n{short} {arrow}\n{qualifier_of(score.extractor)}".rstrip())


def best_cell(records: list[Record], name: str) -> Content:
    """The mean of the best score over the seeds."""
    values = [best_scores(record)[name] for record in records if _chooser(record) == name]
    if not values:
        return (Value(None),)
    summary = summarize(values)
    return (Value(summary.mean, summary.low, summary.high),)


def epochs_cell(records: list[Record]) -> Content:
    """After which epoch each seed's generator was the best: "4, 6, 6"."""
    return ", ".join(str(record.best_epoch) for record in records if record.best_epoch is not None) or NONE


def best_notes(records: list[Record]) -> list[str]:
    """How the best generators were chosen, and of how many, one line per score and set of epochs."""
    groups: dict[tuple[str, str], None] = {}
    for record in records:
        if (name := _chooser(record)) is not None:
            epochs = ", ".join(str(look.epoch) for look in record.history)
            groups[record.metrics[name].display_name, epochs] = None
    return [
        f"The best generator is the earliest with the best {score} of those after epoch {epochs}: a lucky one of "
        "several, so its score flatters, in every engine alike."
        for score, epochs in groups
    ]


def _chooser(record: Record) -> str | None:
    name = main_score(record.cell.judge, record.metrics)
    return name if name in best_scores(record) else None
