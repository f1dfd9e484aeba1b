"""Density and coverage: precision and recall that outliers cannot inflate.

Naeem et al. 2020 (arXiv 2002.09797, eq. 3 and 5): both use only the balls of the real set, with radius the distance to
the k-th nearest neighbour, k = 5, and points strictly inside (as the authors' `prdc` package). Density is the mean
number of real balls that hold a generated sample, over k; it may exceed 1 where samples crowd into dense regions.
Coverage is the share of real balls that hold at least one generated sample. Two samples of one distribution score
about 1 and 1 - 2^-k = 0.97.
"""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from common.metrics.balls import TILE, Balls, Hits, count_hits
from common.metrics.neighbours import pair_of_sets, squared_radii

K = 5


class DensityCoverage(NamedTuple):
    """Density (0 or more) and coverage (0 to 1)."""

    density: float
    coverage: float


def density_coverage(real: ArrayLike, generated: ArrayLike, k: int = K, tile: int = TILE) -> DensityCoverage:
    """Density and coverage of generated features (M, D) against real features (N, D), any float type.

    Raises:
        TooFewSamples: fewer than k + 1 real rows, or no generated row.
        NonFiniteValues: NaN or infinite features, with counts. BadInput: different numbers of columns.
    """
    first, second = pair_of_sets(real, generated, "Density and coverage", k, 0)
    balls = Balls(squared_radii(first, k, tile)[:, -1], closed=False)
    return from_hits(count_hits(first, second, [balls], tile)[0], k)


def from_hits(in_real: Hits, k: int) -> DensityCoverage:
    """Density and coverage from the counts for the (open) real balls."""
    return DensityCoverage(float(in_real.of_second.mean() / k), float((in_real.of_first > 0).mean()))
