"""What is compared of two contenders, or of two runs: the quantities, each with its margin and its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.results.aims import TIME, Aims
from benchmarks.results.nested import Noise, part_noise
from benchmarks.results.pairing import time_ratios
from benchmarks.results.records import Record
from benchmarks.results.statistics import median
from benchmarks.results.verdicts import RATIO_MARGIN, Verdict, judge_differences, judge_repeated_ratios
from common.metrics.score import Score

EPOCH_TIME = "epoch_time"
Pairs = Sequence[tuple[Record, Record]]


@dataclass(frozen=True)
class Quantity:
    """One quantity over the pairs of one comparison.

    Attributes:
        name: as it is printed. higher_is_better: of scores.
        verdict: over the replicates, which are of the kind `unit` ("seed", "process", "model").
        margin_from: who says what is equal: "matrix", "default", "floor's spread"; None: nobody.
        noise: of times, on the log scale, where processes were repeated.
    """

    name: str
    verdict: Verdict
    higher_is_better: bool = False
    margin_from: str | None = None
    noise: Noise | None = None
    unit: str = "seed"

    def words(self) -> str:
        """The verdict for a table."""
        if self.verdict.form == "ratio":
            return self.verdict.words("slower", "faster", self.unit)
        high, low = ("better", "worse") if self.higher_is_better else ("worse", "better")
        return self.verdict.words(high, low, self.unit)


def quantities(pairs: Pairs, aims: Aims) -> Iterator[Quantity]:
    """Every quantity that the pairs have: the time of an epoch first, then scores in the order of the records."""
    yield from _epoch_time(pairs, aims)
    for name in dict.fromkeys(name for record, _ in pairs for name in record.metrics):
        yield from _score(pairs, name, aims)


def comparable(mine: Record, base: Record, name: str) -> bool:
    """Whether both have the score, measured under one protocol."""
    one, other = mine.metrics.get(name), base.metrics.get(name)
    return one is not None and other is not None and one.protocol == other.protocol


def time_margin(aims: Aims) -> tuple[float, str]:
    """Within which ratio times are equal, and who says so."""
    if TIME in aims.margins:
        return aims.margins[TIME], "matrix"
    return RATIO_MARGIN, "default"


def _epoch_time(pairs: Pairs, aims: Aims) -> Iterator[Quantity]:
    groups = [ratios for record, base in pairs if (ratios := time_ratios(record, base))]
    if groups:
        margin, source = time_margin(aims)
        verdict = judge_repeated_ratios(groups, margin)
        unit = "seed" if verdict.sample.count == len(groups) else "process"
        logs = [[math.log(ratio) for ratio in ratios] for ratios in groups]
        yield Quantity(EPOCH_TIME, verdict, margin_from=source, noise=part_noise(logs), unit=unit)


def _score(pairs: Pairs, name: str, aims: Aims) -> Iterator[Quantity]:
    both = [(mine.metrics[name], base.metrics[name]) for mine, base in pairs if comparable(mine, base, name)]
    if both:
        margin, source = _score_margin(name, [each for pair in both for each in pair], aims)
        verdict = judge_differences([mine.value - base.value for mine, base in both], margin)
        score = both[0][0]
        yield Quantity(score.display_name, verdict, score.higher_is_better, source)


def _score_margin(name: str, scores: list[Score], aims: Aims) -> tuple[float | None, str | None]:
    """What counts as equal: what the matrix says, else the floor's own spread; less is below what the judge can see."""
    if name in aims.margins:
        return aims.margins[name], "matrix"
    spreads = [score.floor_spread.deviation for score in scores if score.floor_spread is not None]
    spread = median([each for each in spreads if each > 0.0])
    return (spread, "floor's spread") if spread > 0.0 else (None, None)
