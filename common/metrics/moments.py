"""Mean and covariance of features in float64, from one array or a stream of batches, mergeable without loss.

The sums are of centred rows and merge by the pairwise update of Chan, Golub and LeVeque (1979, "Updating formulae and
a pairwise algorithm for computing sample variances"), so no large number is subtracted from another large number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from common.metrics.checks import Float64, TooFewSamples, check_rows, check_same_width


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

    @classmethod
    def of_batches(cls, batches: Iterable[ArrayLike]) -> Moments:
        """The moments of all rows of a stream of (n, D) batches, of which only one is in memory at a time.

        Raises:
            TooFewSamples: the stream is empty.
            BadInput, NonFiniteValues: a batch cannot be used.
        """
        total: Moments | None = None
        for batch in batches:
            part = cls.of(batch)
            total = part if total is None else total.merge(part)
        if total is None:
            raise TooFewSamples("Mean and covariance", 1, 0)
        return total

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of rows together, equal to those of the concatenated rows up to rounding.

        Raises:
            BadInput: the two have different numbers of columns.
        """
        check_same_width(self.scatter, other.scatter, "Merging")
        count = self.count + other.count
        shift = other.mean - self.mean
        mean = self.mean + shift * (other.count / count)
        scatter = self.scatter + other.scatter + np.outer(shift, shift) * (self.count * other.count / count)
        return Moments(count, mean, scatter)

    @property
    def covariance(self) -> Float64:
        """The unbiased covariance (D, D): scatter / (N - 1).

        Raises:
            TooFewSamples: fewer than two rows.
        """
        if self.count < 2:
            raise TooFewSamples("A covariance", 2, self.count)
        return self.scatter / (self.count - 1)
