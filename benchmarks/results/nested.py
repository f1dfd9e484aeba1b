"""Repeated processes at equal seeds: timing noise parted from seed noise, and the process as the replicate.

Values come in groups, one group per seed, one value per process. What differs within a group is timing noise alone,
since the processes compute the same numbers; what the groups' means differ by beyond that is the seeds'.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from benchmarks.results.statistics import LEAST_FOR_INTERVAL

Groups = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Spread:
    """Mean of `count` values, and the standard deviation of one of them, known with `free` degrees of freedom."""

    mean: float
    deviation: float
    count: int
    free: int


@dataclass(frozen=True)
class Noise:
    """Standard deviations of one value: `process` at equal seed, `seed` of the seeds' true means (None: one seed)."""

    process: float
    seed: float | None


def plain_spread(values: Sequence[float]) -> Spread:
    """Mean and standard deviation of values that are a replicate each; the deviation of a single one is 0."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Spread(float(np.mean(values)), deviation, len(values), len(values) - 1)


def spread_by_process(groups: Groups) -> Spread | None:
    """Mean over all processes, with the deviation within the groups (pooled over them).

    The seeds are taken as they are: the mean is that over these seeds, and how they differ among themselves is no
    part of its error. With N values in S groups Student's t with N - S degrees of freedom is then exact.

    Returns:
        None where there are fewer than three processes, or only enough for one degree of freedom.
    """
    values = list(chain.from_iterable(groups))
    free = len(values) - len(groups)
    if len(values) < LEAST_FOR_INTERVAL or free < LEAST_FOR_INTERVAL - 1:
        return None
    return Spread(float(np.mean(values)), math.sqrt(_within(groups) / free), len(values), free)


def part_noise(groups: Groups) -> Noise | None:
    """Timing noise and seed noise: the components of a one-way analysis of variance (Searle et al. 1992, section 3.6).

    Returns:
        None where no seed has a second process.
    """
    sizes = np.array([len(group) for group in groups])
    count, total = len(groups), int(sizes.sum())
    if total == count:
        return None
    within = _within(groups) / (total - count)
    if count < 2:
        return Noise(math.sqrt(within), None)
    means = np.array([np.mean(group) for group in groups])
    grand = float(np.mean(list(chain.from_iterable(groups))))
    between = float((sizes * (means - grand) ** 2).sum()) / (count - 1)
    usual_size = (total - float((sizes**2).sum()) / total) / (count - 1)
    return Noise(math.sqrt(within), math.sqrt(max(0.0, (between - within) / usual_size)))


def _within(groups: Groups) -> float:
    """Sum of squares around each group's own mean."""
    return float(sum(((np.asarray(group) - np.mean(group)) ** 2).sum() for group in groups))
