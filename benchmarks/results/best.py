"""The best of the generators that a training was scored by, as its judge's main score sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.results.records import JudgedEpoch, Record
from common.metrics.score import Score
from common.specs.judge import JudgeSpec

USUAL_MAIN = "fid"


def main_score(judge: JudgeSpec, scores: Mapping[str, Score]) -> str | None:
    """The name of the score that chooses the best generator: the judge's own, else FID, else the first of `scores`;
    None if the judge's own is not among them, or there are none."""
    if judge.main is not None:
        return judge.main if judge.main in scores else None
    return USUAL_MAIN if USUAL_MAIN in scores else next(iter(scores), None)


def best_epoch(history: Sequence[JudgedEpoch], name: str, higher_is_better: bool) -> int | None:
    """The epoch with the best score `name`, of equal ones the earliest; None if there is no such score."""
    sign = -1.0 if higher_is_better else 1.0
    known = [each for each in history if name in each.scores]
    return min(known, key=lambda each: (sign * each.scores[name], each.epoch)).epoch if known else None


def best_scores(record: Record) -> dict[str, float]:
    """Every score of the best generator; empty if only the final one was scored."""
    return next((each.scores for each in record.history if each.epoch == record.best_epoch), {})
