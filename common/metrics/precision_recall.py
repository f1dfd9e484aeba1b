"""Improved precision and recall: how much of each set lies in the k-nearest-neighbour manifold of the other.

Kynkaanniemi et al. 2019 (arXiv 1904.06991, eq. 1-3): a point is in a set's manifold if it lies within the distance of
at least one member to that member's k-th nearest neighbour, `<=` included; k = 3. Precision is the share of generated
samples in the real manifold (quality), recall the share of real samples in the generated manifold (variety). Two
samples of one distribution do not score 1 (about 0.6 to 0.8, depending on N and D): read both beside the floor. A
model that collapses onto one real image has precision 1.
"""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from common.metrics.balls import TILE, Balls, Hits, count_hits
from common.metrics.neighbours import pair_of_sets, squared_radii

K = 3


class PrecisionRecall(NamedTuple):
    """Both scores, each between 0 and 1."""

    precision: float
    recall: float


def precision_recall(real: ArrayLike, generated: ArrayLike, k: int = K, tile: int = TILE) -> PrecisionRecall:
    """Precision and recall of generated features (M, D) against real features (N, D), any float type.

    Exact to float64, independent of the order of the rows and of `tile`; memory beyond the features is bounded by
    tiles. Swapping the sets swaps the scores. Use N = M: the scores drift with both.

    Raises:
        TooFewSamples: a set has fewer than k + 1 rows.
        NonFiniteValues: NaN or infinite features, with counts. BadInput: different numbers of columns.
    """
    first, second = pair_of_sets(real, generated, "Precision and recall", k, k)
    real_balls = Balls(squared_radii(first, k, tile)[:, -1])
    generated_balls = Balls(squared_radii(second, k, tile)[:, -1], around_second=True)
    return from_hits(*count_hits(first, second, [real_balls, generated_balls], tile))


def from_hits(in_real: Hits, in_generated: Hits) -> PrecisionRecall:
    """Both scores from the counts for the (closed) real and generated balls; the real set is the first."""
    return PrecisionRecall(float((in_real.of_second > 0).mean()), float((in_generated.of_first > 0).mean()))
