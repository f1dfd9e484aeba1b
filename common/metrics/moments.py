"""Mean and covariance of features in float64.

The sums are of centred rows, added up block by block, so no large number is subtracted from another large number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from common.metrics.checks import Float64, TooFewSamples, check_rows


@dataclass(frozen=True)
class Moments:
    """Count, mean (D,) and scatter (D, D), the sum of outer products of the centred rows, in float64."""

    count: int
    mean: Float64
    scatter: Float64

    @classmethod
    def of(cls, features: ArrayLike, block: int = 4096) -> Moments:
        """The moments of features (N, D), any float type; extra memory is O(block * D + D * D).

        Raises:
            BadInput, NonFiniteValues: the array cannot be used, with counts.
        """
        rows = check_rows(features, "features", "Mean and covariance")
        mean = rows.mean(axis=0, dtype=np.float64)
        scatter = np.zeros((rows.shape[1], rows.shape[1]))
        for start in range(0, len(rows), block):
            centred = rows[start : start + block] - mean
            scatter += centred.T @ centred
        return cls(len(rows), mean, scatter)

    @property
    def covariance(self) -> Float64:
        """The unbiased covariance (D, D): scatter / (N - 1).

        Raises:
            TooFewSamples: fewer than two rows.
        """
        if self.count < 2:
            raise TooFewSamples("A covariance", 2, self.count)
        return self.scatter / (self.count - 1)
