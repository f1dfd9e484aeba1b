"""What is compared of two contenders, or of two runs: the quantities, each with its margin and its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.results.aims import TIME, Aims
from benchmarks.results.best import best_scores, main_score
from benchmarks.results.nested import Noise, part_noise
from benchmarks.results.pairing import time_ratios
from benchmarks.results.reached import time_to_quality, why_blank
from benchmarks.results.records import Record
from benchmarks.results.statistics import median
from benchmarks.results.verdicts import (
    RATIO_MARGIN,
    Verdict,
    judge_differences,
    judge_ratios,
    judge_repeated_ratios,
)
from common.metrics.score import Score

EPOCH_TIME = "epoch_time"
# the scores of the thesis that the project started from, in its order; and where it is asked for KID, which has no bias
# where samples are few
MAIN = ("inception_score", "fid", "kid", "precision", "recall")
Pairs = Sequence[tuple[Record, Record]]


@dataclass(frozen=True)
class Quantity:
    """One quantity over the pairs of one comparison.

    Attributes:
        name: as it is printed. higher_is_better: of scores.
        verdict: over the replicates, which are of the kind `unit` ("seed", "process", "model"); None where there is no
            value, and `blank` says why.
        main: whether the page shows it, or only the long form.
        margin_from: who says what is equal: "matrix", "default", "floor's spread"; None: nobody.
        noise: of times, on the log scale, where processes were repeated.
    """

    name: str
    verdict: Verdict | None
    main: bool = False
    higher_is_better: bool = False
    margin_from: str | None = None
    noise: Noise | None = None
    unit: str = "seed"
    blank: str = ""

    def words(self) -> str:
        """The verdict for a table."""
        if self.verdict is None:
            return self.blank
        if self.verdict.form == "ratio":
            return self.verdict.words("slower", "faster", self.unit)
        high, low = ("better", "worse") if self.higher_is_better else ("worse", "better")
        return self.verdict.words(high, low, self.unit)


def quantities(pairs: Pairs, aims: Aims) -> Iterator[Quantity]:
    """Every quantity that the pairs have: the time of an epoch first, then scores in the order of the records, of the
    final generators and of the best ones, and the times until scores were good enough."""
    yield from _epoch_time(pairs, aims)
    scored = [(name, both) for name in _names(pairs) if (both := [p for p in pairs if comparable(*p, name)])]
    for name, both in scored:
        yield _final_score(both, name, aims)
    for name, both in scored:
        yield from _best_score(both, name, aims)
    for name, both in scored:
        if name in aims.quality:
            yield _time_to_quality(both, name, aims)


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
        yield Quantity(EPOCH_TIME, verdict, main=True, margin_from=source, noise=part_noise(logs), unit=unit)


def _final_score(pairs: Pairs, name: str, aims: Aims) -> Quantity:
    differences = [mine.metrics[name].value - base.metrics[name].value for mine, base in pairs]
    shown = name in (*MAIN, _chooser(pairs), *aims.quality)
    return _score(pairs, name, differences, _score_of(pairs, name).display_name, aims, shown)


def _best_score(pairs: Pairs, name: str, aims: Aims) -> Iterator[Quantity]:
    """Of the epoch that the main score likes best, which of two contenders need not be the same."""
    values = [(best_scores(mine).get(name), best_scores(base).get(name)) for mine, base in pairs]
    known = [(mine, base) for mine, base in values if mine is not None and base is not None]
    chooser = _chooser(pairs)
    if len(known) == len(values) and chooser is not None:
        best, shown = _score_of(pairs, chooser).display_name, name == chooser
        title = f"best {best}" if shown else f"{_score_of(pairs, name).display_name} at best {best}"
        yield _score(pairs, name, [mine - base for mine, base in known], title, aims, shown)


def _score(pairs: Pairs, name: str, differences: list[float], title: str, aims: Aims, shown: bool) -> Quantity:
    margin, source = _score_margin(name, [record.metrics[name] for pair in pairs for record in pair], aims)
    higher = _score_of(pairs, name).higher_is_better
    return Quantity(title, judge_differences(differences, margin), shown, higher, source)


def _time_to_quality(pairs: Pairs, name: str, aims: Aims) -> Quantity:
    """The ratio of the seconds of training; without a value unless every training of both gets there, for those that do
    not are the slow ones."""
    threshold = aims.quality[name]
    title = f"time to {_score_of(pairs, name).display_name} {threshold:g}"
    labels = [record.cell.contender for record in pairs[0]]
    if labels[0] == labels[1]:
        labels = ["later run", "earlier run"]
    trainings = {label: [pair[side] for pair in pairs] for side, label in enumerate(labels)}
    if blank := why_blank(trainings, name, threshold):
        return Quantity(title, None, True, blank=blank)
    times = [[time_to_quality(record, name, threshold) for record in pair] for pair in pairs]
    ratios = [mine / base for mine, base in times if mine is not None and base is not None]
    margin, source = time_margin(aims)
    return Quantity(title, judge_ratios(ratios, margin), True, margin_from=source)


def _names(pairs: Pairs) -> list[str]:
    return list(dict.fromkeys(name for record, _ in pairs for name in record.metrics))


def _score_of(pairs: Pairs, name: str) -> Score:
    return pairs[0][0].metrics[name]


def _chooser(pairs: Pairs) -> str | None:
    """The score that chose the best generators."""
    return main_score(pairs[0][0].cell.judge, pairs[0][0].metrics)


def _score_margin(name: str, scores: list[Score], aims: Aims) -> tuple[float | None, str | None]:
    """What counts as equal: what the matrix says, else the floor's own spread; less is below what the judge can see."""
    if name in aims.margins:
        return aims.margins[name], "matrix"
    spreads = [score.floor_spread.deviation for score in scores if score.floor_spread is not None]
    spread = median([each for each in spreads if each > 0.0])
    return (spread, "floor's spread") if spread > 0.0 else (None, None)
