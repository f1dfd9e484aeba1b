"""Summaries of repeated measurements: medians of epochs, and over replicates the mean with an interval that covers.

A replicate is one seed, or one incarnation of a race. The interval is Student's t (Student 1908): with n values drawn
from a normal distribution it covers their true mean in exactly the stated share of cases, for every n from 2 on. The
percentile bootstrap (Efron 1979), popular for this purpose, resamples 3 values as if they were the whole distribution
and covers in three quarters of the cases where it says 95 %. Times are compared as ratios and averaged on the
logarithmic scale, where noise that multiplies becomes noise that adds, and where a ratio and its inverse are equally
far from 1; scores are compared as differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special  # scipy.stats is slow to import

LEVEL = 0.95
# two values have an interval too, 13 times as wide as they are apart: it would tell nothing and look like knowledge
LEAST_FOR_INTERVAL = 3

_FEW = 100


@dataclass(frozen=True)
class Summary:
    """Mean of `count` values (of ratios the geometric one) and, from 3 on, its interval (`low`, `high`) at `level`."""

    mean: float
    count: int
    low: float | None = None
    high: float | None = None
    level: float = LEVEL

    def excludes(self, value: float) -> bool:
        """Whether there is an interval and `value` lies outside of it."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def median(values: Sequence[float]) -> float:
    """The median; NaN for no values."""
    if not 0 < len(values) < _FEW:
        return float(np.median(values)) if len(values) else float("nan")
    ordered, half = sorted(values), len(values) // 2  # NumPy takes ten times as long for a few
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """First and third quartile, linearly interpolated; NaN for no values."""
    if not len(values):
        return float("nan"), float("nan")
    ordered = sorted(values)
    return _between(ordered, 0.25 * (len(values) - 1)), _between(ordered, 0.75 * (len(values) - 1))


def _between(ordered: Sequence[float], place: float) -> float:
    """What stands at `place`, counted from 0, between its neighbours; as NumPy does, which takes long for a few."""
    index = min(int(place), len(ordered) - 2) if len(ordered) > 1 else 0
    low, high, share = ordered[index], ordered[min(index + 1, len(ordered) - 1)], place - index
    return float(high - (high - low) * (1.0 - share) if share >= 0.5 else low + (high - low) * share)


def mean_interval(values: ArrayLike, level: float = LEVEL) -> tuple[NDArray, NDArray, NDArray]:
    """Mean over the last axis (..., n) and its Student's t interval: (mean, low, high), each (...); n is 2 or more."""
    data = np.asarray(values, dtype=np.float64)
    count = data.shape[-1]
    mean = data.mean(axis=-1)
    return mean, *interval(mean, data.std(axis=-1, ddof=1), count, count - 1, level)


def interval(mean: Any, deviation: Any, count: int, free: float, level: float = LEVEL) -> tuple[Any, Any]:
    """Student's t interval (low, high) of a mean of `count` values, of which one has `deviation`, known with `free`
    degrees of freedom; numbers or arrays of one shape."""
    half = special.stdtrit(free, (1.0 + level) / 2.0) * deviation / np.sqrt(count)
    return mean - half, mean + half


def summarize(values: Sequence[float], level: float = LEVEL) -> Summary:
    """Mean of `values`, one number per replicate, and its Student's t interval; fewer than 3 values have none.

    Raises:
        ValueError: no values.
    """
    if not len(values):
        raise ValueError("There are no values to summarise.")
    if len(values) < LEAST_FOR_INTERVAL:
        return Summary(float(np.mean(values)), len(values), level=level)
    mean, low, high = (float(number) for number in mean_interval(values, level))
    return Summary(mean, len(values), low, high, level)


def summarize_ratios(ratios: Sequence[float], level: float = LEVEL) -> Summary:
    """Geometric mean of `ratios` and its interval: `summarize` on the logarithmic scale, and back.

    Raises:
        ValueError: no values, or one that is not positive.
    """
    if any(not ratio > 0 for ratio in ratios):
        raise ValueError(f"Ratios are positive numbers, got {list(ratios)}.")
    logs = summarize(np.log(np.asarray(ratios, dtype=np.float64)).tolist(), level)
    low, high = (None if end is None else float(np.exp(end)) for end in (logs.low, logs.high))
    return Summary(float(np.exp(logs.mean)), logs.count, low, high, level)
