"""FID-infinity: FID at several numbers of generated samples, extrapolated to infinitely many.

Chong and Forsyth 2020 (arXiv 1911.07023, section 3): the bias of FID falls as 1/N, at a rate that depends on the
generator, so equal N does not make ranks safe. A straight line through FID against 1/N is read off at 1/N = 0. The
reference stays whole; its own bias remains. The line is a fit: the result has noise of its own and may fall below 0
for a near-perfect generator, which is not clipped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.metrics.checks import check_rows
from common.metrics.fid import Gaussian, fid, fit
from common.metrics.moments import Moments

POINTS = 15
AT_LEAST = 100
SEED = 2020


class Extrapolation(NamedTuple):
    """The fit FID(N) = value + slope / N.

    Attributes:
        value: FID at infinite N. slope: bias per 1/N.
        r_squared: share of the variance of the points that the line explains.
        counts, distances: the points.
        rank_deficient: some points had no more samples than features, where the bias bends away from 1/N.
    """

    value: float
    slope: float
    r_squared: float
    counts: tuple[int, ...]
    distances: tuple[float, ...]
    rank_deficient: bool


def sizes(count: int, width: int, points: int = POINTS) -> NDArray[np.int64]:
    """The subset sizes: `points` numbers evenly spaced from the smallest useful one to `count`.

    The smallest is count / 10 or width + 1, whichever is larger, but no more than half of count.
    """
    smallest = min(max(count // 10, width + 1), count // 2)
    return np.unique(np.linspace(smallest, count, points).astype(np.int64))


def fid_infinity(
    generated: ArrayLike,
    real: ArrayLike | Moments | Gaussian,
    points: int = POINTS,
    seed: int = SEED,
) -> Extrapolation:
    """FID-infinity of generated (N, D) features, N >= 100, against real features, Moments or a Gaussian.

    Each point is the FID of a random subset without repetition, drawn by `numpy.random.RandomState(seed)`.

    Raises:
        TooFewSamples: fewer than 100 generated rows. And as `fid`.
    """
    rows = check_rows(generated, "generated features", "FID-infinity", at_least=AT_LEAST)
    reference = real if isinstance(real, (Moments, Gaussian)) else fit(real)
    draws = np.random.RandomState(seed)
    counts = sizes(len(rows), rows.shape[1], points)
    results = [fid(rows[draws.permutation(len(rows))[:count]], reference) for count in counts]
    distances = np.array([result.value for result in results])
    slope, value = np.polyfit(1.0 / counts, distances, 1)
    residual = distances - (value + slope / counts)
    spread = float(((distances - distances.mean()) ** 2).sum())
    r_squared = 1.0 - float((residual**2).sum()) / spread if spread > 0 else 1.0
    return Extrapolation(
        float(value),
        float(slope),
        r_squared,
        tuple(int(count) for count in counts),
        tuple(float(distance) for distance in distances),
        any(result.rank_deficient for result in results),
    )
