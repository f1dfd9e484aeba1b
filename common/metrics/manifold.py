"""Precision, recall, density and coverage together: one pass over the distances answers all four.

Computing them one by one would take the large matrix product three times; `precision_recall` and `density_coverage`
are the two halves of this for who wants only one.
"""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from common.metrics import density_coverage as dc
from common.metrics import precision_recall as pr
from common.metrics.balls import TILE, Balls, count_hits
from common.metrics.neighbours import pair_of_sets, squared_radii


class ManifoldScores(NamedTuple):
    """Precision, recall, density, coverage; see the two modules for what they mean."""

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_scores(
    real: ArrayLike,
    generated: ArrayLike,
    k: int = pr.K,
    k_density_coverage: int = dc.K,
    tile: int = TILE,
) -> ManifoldScores:
    """All four scores of generated (M, D) against real (N, D) features; exactly those of the separate functions.

    Raises:
        TooFewSamples: fewer rows than the larger k + 1 in the real, or k + 1 in the generated set.
        NonFiniteValues: NaN or infinite features, with counts. BadInput: different numbers of columns.
    """
    largest = max(k, k_density_coverage)
    first, second = pair_of_sets(real, generated, "Precision, recall, density and coverage", largest, k)
    real_radii = squared_radii(first, largest, tile)
    generated_radii = squared_radii(second, k, tile)
    in_real, in_generated, in_open_real = count_hits(
        first,
        second,
        [
            Balls(real_radii[:, k - 1]),
            Balls(generated_radii[:, k - 1], around_second=True),
            Balls(real_radii[:, k_density_coverage - 1], closed=False),
        ],
        tile,
    )
    precision, recall = pr.from_hits(in_real, in_generated)
    density, coverage = dc.from_hits(in_open_real, k_density_coverage)
    return ManifoldScores(precision, recall, density, coverage)
