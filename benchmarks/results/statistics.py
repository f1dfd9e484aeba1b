"""Summaries of repeated measurements: medians of epochs, and over seeds the mean with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# with fewer values a resampled interval says more about the method than about the data
LEAST_FOR_INTERVAL = 3


@dataclass(frozen=True)
class Summary:
    """Mean of `count` values and, from 3 values on, its bootstrap interval (`low`, `high`) at `level`."""

    mean: float
    count: int
    low: float | None = None
    high: float | None = None
    level: float = 0.95

    def excludes(self, value: float) -> bool:
        """Whether there is an interval and `value` lies outside of it."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def median(values: Sequence[float]) -> float:
    """The median; NaN for no values."""
    return float(np.median(values)) if len(values) else float("nan")


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """First and third quartile, linearly interpolated; NaN for no values."""
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(np.asarray(values, dtype=np.float64), [25, 75])
    return float(low), float(high)


def summarize(values: Sequence[float], level: float = 0.95, resamples: int = 10_000) -> Summary:
    """Mean and percentile bootstrap interval (Efron 1979) of `values`; resampled with a fixed seed.

    Args:
        values: one number per seed.
        level: coverage of the interval.
        resamples: bootstrap samples.

    Raises:
        ValueError: no values.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.size == 0:
        raise ValueError("There are no values to summarise.")
    if data.size < LEAST_FOR_INTERVAL:
        return Summary(float(data.mean()), int(data.size), level=level)
    picks = np.random.default_rng(0).integers(0, data.size, size=(resamples, data.size))
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(data[picks].mean(axis=1), [tail, 1.0 - tail])
    return Summary(float(data.mean()), int(data.size), float(low), float(high), level)
