"""Planning: how many replicates would probably decide what the ones at hand leave open."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special  # scipy.stats is slow to import

ALPHA = 0.05
POWER = 0.8
MOST = 1000
_SLICES = 512


def power_to_decide(centre: float, deviation: float, count: int, bound: float | None, alpha: float = ALPHA) -> float:
    """The probability that `count` replicates end in a verdict, "differs" or "equivalent".

    The mean D of the replicates and their standard deviation S are independent. Given S, "differs" needs |D| above
    t(1 - alpha / 2) S / sqrt(n), and "equivalent" needs |D| below bound - t(1 - alpha) S / sqrt(n); the probability of
    either is normal. Averaged over the chi distribution of S (512 slices of equal probability) this is exactly the
    power of the two tests together; without a bound it is the noncentral t distribution of textbooks, and without a
    difference Owen's (1965) integral for two one-sided tests.

    Args:
        centre: the true difference (of scores, or of log ratios).
        deviation: the true standard deviation of one replicate, above 0.
        count: number of replicates, 2 or more.
        bound: differences below it are of no interest; None asks for no equivalence.
        alpha: error rate of each verdict.
    """
    free = count - 1
    error = deviation * _deviations(free) / np.sqrt(count)
    beyond = special.stdtrit(free, 1.0 - alpha / 2.0) * error
    within = (-np.inf if bound is None else bound) - special.stdtrit(free, 1.0 - alpha) * error
    spread = deviation / np.sqrt(count)

    def inside(limit: np.ndarray) -> np.ndarray:
        return special.ndtr((limit - centre) / spread) - special.ndtr((-limit - centre) / spread)

    decided = 1.0 - inside(beyond) + np.where(within > 0.0, inside(within), 0.0)
    return float(np.where(within >= beyond, 1.0, decided).mean())


@cache  # verdicts by the hundred ask for the same few, and finding them takes most of the time
def _deviations(free: int) -> NDArray[np.float64]:
    """sqrt(X / free) in the middle of each of 512 slices of equal probability; X is chi-square distributed."""
    levels = (np.arange(_SLICES) + 0.5) / _SLICES
    return np.sqrt(special.chdtri(free, 1.0 - levels) / free)


def replicates_needed(
    centre: float, deviation: float, bound: float | None, *, least: int = 3, alpha: float = ALPHA, power: float = POWER
) -> int | None:
    """The smallest number of replicates, `least` or more, that decides with probability `power`.

    The estimates at hand (`centre`, `deviation`) are taken as the truth, so from few replicates this is a rough number.

    Returns:
        The number, or None where 1000 do not suffice.
    """
    if deviation == 0.0:
        return least if centre != 0.0 or bound is not None else None

    def enough(count: int) -> bool:
        return power_to_decide(centre, deviation, count, bound, alpha) >= power

    if not enough(MOST):
        return None
    low, high = least - 1, MOST
    while high - low > 1:  # the power grows with the count: halve the interval that holds the first that suffices
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
