"""Verdicts on paired replicates: two engines differ, are equivalent within a stated margin, or it is not decided.

"Differs" is Student's t test against no difference. "Equivalent" is two one-sided t tests (Schuirmann 1987): the
difference is shown to lie above -margin and below +margin, which is the same as a (1 - 2 alpha) interval inside the
margin. An interval that holds "no difference" shows neither by itself. Where both hold, the difference is real and
smaller than what matters: the verdict is "equivalent". Verdicts that stand together are corrected by Holm (1979).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special  # scipy.stats is slow to import

from benchmarks.results.nested import Groups, Spread, plain_spread, spread_by_process
from benchmarks.results.planning import ALPHA, MOST, replicates_needed
from benchmarks.results.statistics import (
    LEAST_FOR_INTERVAL,
    Summary,
    interval,
    median,
    summarize,
    summarize_ratios,
)

RATIO_MARGIN = 0.05
Kind = Literal["differs", "equivalent", "not decided", "too few"]


@dataclass(frozen=True)
class Sample:
    """What the tests see of the replicates, on the scale they are tested on (for ratios the logarithm).

    `free` are the degrees of freedom of the deviation; None: one less than there are replicates.
    """

    centre: float
    deviation: float
    count: int
    bound: float | None
    free: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What may be concluded.

    Attributes:
        kind: "too few" with fewer than 3 replicates.
        summary: mean and interval, at level 1 - alpha, on the natural scale.
        sample: the same on the scale of the tests.
        form: whether the replicates are ratios (margin relative, neutral value 1) or differences (neutral value 0).
        margin: what counts as equal: 0.05 is 5 % in ratios, and 0.05 of the score's own unit in differences.
        alpha: error rate of each kind of verdict, over all verdicts of its family together.
        p_differs: p value of "no difference", None with too few replicates; corrected for the family.
        p_equivalent: p value of "differs by the margin or more"; None without a margin as well.
        needed: about how many replicates would probably decide; None if decided, or if 1000 would not.
        family: how many verdicts were corrected together.
    """

    kind: Kind
    summary: Summary
    sample: Sample
    form: Literal["ratio", "difference"]
    margin: float | None
    alpha: float
    p_differs: float | None = None
    p_equivalent: float | None = None
    needed: int | None = None
    family: int = 1

    def words(self, above: str, below: str, unit: str = "seed") -> str:
        """The verdict for a table; `above` and `below` say what a mean on that side of the neutral value is."""
        if self.kind == "too few":
            return f"{_counted(self.sample.count, unit)}, no verdict"
        if self.kind == "equivalent":
            margin = self.margin or 0.0
            return (
                f"equivalent within {100 * margin:g} %" if self.form == "ratio" else f"equivalent within {margin:.3g}"
            )
        if self.kind == "differs":
            return above if self.sample.centre > 0 else below
        if self.needed is None:
            return f"not decided (more than {_counted(MOST, unit)} needed)"
        return f"not decided (about {_counted(self.needed, unit)} would)"


def _counted(count: int, unit: str) -> str:
    plural = unit if count == 1 else f"{unit}es" if unit.endswith("s") else f"{unit}s"
    return f"{count} {plural}"


def judge_ratios(ratios: Sequence[float], margin: float | None = RATIO_MARGIN, alpha: float = ALPHA) -> Verdict:
    """The verdict on paired ratios, one per replicate, tested on log ratios; within `margin` is 1 / (1 + margin) to
    1 + margin.

    Raises:
        ValueError: no ratios, or one that is not positive.
    """
    summary = summarize_ratios(ratios, 1.0 - alpha)
    bound = None if margin is None else math.log1p(margin)
    sample = _sample(plain_spread(_logs(ratios)), bound)
    return _judged(Verdict("too few", summary, sample, "ratio", margin, alpha))


def judge_repeated_ratios(groups: Groups, margin: float | None = RATIO_MARGIN, alpha: float = ALPHA) -> Verdict:
    """As `judge_ratios`, on ratios that come in groups: of one seed, one for each of its processes.

    Where they are enough the process is the replicate (`nested.spread_by_process`), else the seed, by the geometric
    mean of its processes.

    Raises:
        ValueError: no ratios, or one that is not positive.
    """
    logs = [_logs(group) for group in groups]
    spread = spread_by_process(logs)
    if spread is None:
        return judge_ratios([math.exp(float(np.mean(group))) for group in logs], margin, alpha)
    low, high = interval(spread.mean, spread.deviation, spread.count, spread.free, 1.0 - alpha)
    summary = Summary(math.exp(spread.mean), spread.count, math.exp(low), math.exp(high), 1.0 - alpha)
    sample = _sample(spread, None if margin is None else math.log1p(margin))
    return _judged(Verdict("too few", summary, sample, "ratio", margin, alpha))


def judge_change(
    earlier: Sequence[float], later: Sequence[float], margin: float | None = RATIO_MARGIN, alpha: float = ALPHA
) -> Verdict:
    """The verdict on what became of a ratio: its later replicates over its earlier ones, which are not paired.

    Welch's (1947) t on the logarithms: the two may spread differently.

    Raises:
        ValueError: no ratios, or one that is not positive.
    """
    before, after = _logs(earlier), _logs(later)
    count, mean = len(before) + len(after), float(np.mean(after) - np.mean(before))
    bound = None if margin is None else math.log1p(margin)
    if min(len(before), len(after)) < LEAST_FOR_INTERVAL:
        few = min(len(before), len(after))
        summary = Summary(math.exp(mean), few, level=1.0 - alpha)
        return Verdict("too few", summary, Sample(mean, 0.0, few, bound), "ratio", margin, alpha)
    shares = [float(np.var(each, ddof=1)) / len(each) for each in (before, after)]
    squares = sum(share**2 / (len(each) - 1) for share, each in zip(shares, (before, after), strict=True))
    free = sum(shares) ** 2 / squares if squares else count - 2.0
    deviation = math.sqrt(sum(shares) * count)  # of one replicate, if all of them were alike
    low, high = interval(mean, deviation, count, free, 1.0 - alpha)
    summary = Summary(math.exp(mean), count, math.exp(low), math.exp(high), 1.0 - alpha)
    return _judged(Verdict("too few", summary, Sample(mean, deviation, count, bound, free), "ratio", margin, alpha))


def judge_differences(differences: Sequence[float], margin: float | None, alpha: float = ALPHA) -> Verdict:
    """The verdict on paired differences, one per replicate; `margin` is in their unit, None asks for no equivalence.

    Raises:
        ValueError: no differences.
    """
    summary = summarize(differences, 1.0 - alpha)
    sample = _sample(plain_spread(differences), margin)
    return _judged(Verdict("too few", summary, sample, "difference", margin, alpha))


def judge_means(of_models: Sequence[Sequence[Verdict]]) -> Verdict:
    """The verdict over models on one quantity, within the median of their margins.

    Args:
        of_models: for each model its verdicts, all on ratios or all on differences, of which it counts by the mean.
    """
    ratios = of_models[0][0].form == "ratio"
    margins = [each.margin for own in of_models for each in own if each.margin is not None]
    mean, judge = (summarize_ratios, judge_ratios) if ratios else (summarize, judge_differences)
    means = [mean([each.summary.mean for each in own]).mean for own in of_models]
    return judge(means, median(margins) if margins else None)


def judged_together(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The same verdicts after Holm's correction, in the same order; those with too few replicates do not count.

    Among all claims "differs" the probability that any is wrong stays below alpha, and the same among all claims
    "equivalent". Intervals stay as they are. Replicates are planned for the worst case, alpha / family each.
    """
    differs = _corrected([verdict.p_differs for verdict in verdicts])
    equivalent = _corrected([verdict.p_equivalent for verdict in verdicts])
    family = sum(p is not None for p in differs)
    return [
        verdict if p is None else _decided(dataclasses.replace(verdict, p_differs=p, p_equivalent=other, family=family))
        for verdict, p, other in zip(verdicts, differs, equivalent, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down correction: the i-th smallest of m p values times m - i + 1, made monotone, at most 1."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(order), 0, -1)
    stepped = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors))
    corrected = np.empty(len(order))
    corrected[order] = stepped
    return [float(value) for value in corrected]


def p_values(sample: Sample) -> tuple[float, float | None]:
    """(p of "no difference", two-sided; p of "at least the bound apart", the larger of the two one-sided tests)."""
    error = sample.deviation / math.sqrt(sample.count)
    free = sample.count - 1 if sample.free is None else sample.free

    def upper_tail(distance: float) -> float:
        if error == 0.0:  # equal replicates: the sign of the distance says it all
            return 0.0 if distance > 0 else 1.0
        return float(special.stdtr(free, -distance / error))

    differs = min(1.0, 2.0 * upper_tail(abs(sample.centre)))
    return differs, None if sample.bound is None else upper_tail(sample.bound - abs(sample.centre))


def _corrected(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's correction of those that are there."""
    known = iter(holm([p for p in p_values if p is not None]))
    return [None if p is None else next(known) for p in p_values]


def _logs(ratios: Sequence[float]) -> list[float]:
    if any(not ratio > 0 for ratio in ratios):
        raise ValueError(f"Ratios are positive numbers, got {list(ratios)}.")
    return [math.log(ratio) for ratio in ratios]


def _sample(spread: Spread, bound: float | None) -> Sample:
    return Sample(spread.mean, spread.deviation, spread.count, bound, spread.free)


def _judged(verdict: Verdict) -> Verdict:
    if verdict.sample.count < LEAST_FOR_INTERVAL:
        return verdict
    p_differs, p_equivalent = p_values(verdict.sample)
    return _decided(dataclasses.replace(verdict, p_differs=p_differs, p_equivalent=p_equivalent))


def _decided(verdict: Verdict) -> Verdict:
    """The kind that follows from the p values, and what would be needed where there is no decision."""
    assert verdict.p_differs is not None
    if verdict.p_equivalent is not None and verdict.p_equivalent < verdict.alpha:
        return dataclasses.replace(verdict, kind="equivalent", needed=None)
    if verdict.p_differs < verdict.alpha:
        return dataclasses.replace(verdict, kind="differs", needed=None)
    sample, alpha = verdict.sample, verdict.alpha / verdict.family
    needed = replicates_needed(sample.centre, sample.deviation, sample.bound, least=sample.count + 1, alpha=alpha)
    return dataclasses.replace(verdict, kind="not decided", needed=needed)
