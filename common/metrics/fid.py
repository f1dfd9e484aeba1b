"""Frechet distance between Gaussians fitted to two sets of features: FID, when the features are Inception's.

Heusel et al. 2017 (arXiv 1706.08500, eq. 6): |m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), with unbiased covariances.
The trace term never forms a matrix square root. With S1 = F' F (F a triangular factor, or the centred rows themselves
where there are fewer rows than columns) the eigenvalues of S1 S2 are those of the symmetric F S2 F', and when both
sides have fewer rows than columns the trace is the sum of singular values of the small matrix F1 F2'.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from common.errors import BadInput
from common.metrics.checks import Float64, TooFewSamples, check_rows, check_same_width
from common.metrics.moments import Moments

_EPS = float(np.finfo(np.float64).eps)


class FrechetDistance(NamedTuple):
    """The distance and what it is made of.

    Attributes:
        value: mean_term + covariance_term, never negative.
        mean_term: |m1 - m2|^2.
        covariance_term: Tr(S1 + S2 - 2 (S1 S2)^(1/2)).
        rank_deficient: a covariance has not full rank (too few samples or constant features). The value is exact for
            these samples, but its upward bias is then large: compare it only at equal N.
    """

    value: float
    mean_term: float
    covariance_term: float
    rank_deficient: bool


class Gaussian(NamedTuple):
    """A fitted Gaussian: mean (D,), Tr(S), and S either as covariance (D, D) or as rows F (r, D) with S = F' F."""

    mean: Float64
    trace: float
    covariance: Float64 | None
    rows: Float64 | None


def fit(features: ArrayLike) -> Gaussian:
    """The Gaussian of features (N, D), N >= 2; keeps the centred rows instead of a D x D matrix where N <= D.

    Raises:
        TooFewSamples, NonFiniteValues, BadInput: the features cannot be used, with counts.
    """
    array = check_rows(features, "features", "FID", at_least=2)
    if len(array) > array.shape[1]:
        return from_moments(Moments.of(array))
    mean = array.mean(axis=0, dtype=np.float64)
    rows = (array - mean) / np.sqrt(len(array) - 1)
    return Gaussian(mean, float(np.vdot(rows, rows)), None, rows)


def from_moments(moments: Moments) -> Gaussian:
    """The Gaussian with the given moments.

    Raises:
        TooFewSamples: fewer than two rows went into the moments.
    """
    if moments.count < 2:
        raise TooFewSamples("FID", 2, moments.count)
    covariance = moments.covariance
    return Gaussian(moments.mean, float(np.trace(covariance)), covariance, None)


def fid(first: ArrayLike | Moments | Gaussian, second: ArrayLike | Moments | Gaussian) -> FrechetDistance:
    """Frechet distance between two sets of features, each given as (N, D) features, as Moments or as a Gaussian.

    Symmetric in its arguments; 0 for equal sets (to about 1e-12 of the total variance). float64 throughout.

    Raises:
        TooFewSamples: fewer than two samples on a side.
        NonFiniteValues: NaN or infinite features, with counts.
        BadInput: different numbers of columns, or a given covariance that is not positive semi-definite.
    """
    one, other = _gaussian(first), _gaussian(second)
    check_same_width(one.mean[None], other.mean[None], "FID")
    shift = one.mean - other.mean
    mean_term = float(shift @ shift)
    root, deficient = trace_of_root(one, other)
    covariance_term = one.trace + other.trace - 2.0 * root
    scale = one.trace + other.trace + mean_term
    value = mean_term + covariance_term
    if value < -1e-6 * scale:
        raise BadInput(f"The Frechet distance came out as {value:g}: a given covariance is not positive semi-definite.")
    return FrechetDistance(max(value, 0.0), mean_term, covariance_term, deficient)


def trace_of_root(one: Gaussian, other: Gaussian) -> tuple[float, bool]:
    """Tr((S1 S2)^(1/2)), and whether S1 or S2 is rank-deficient.

    Raises:
        BadInput: the product has an eigenvalue that is negative beyond rounding.
    """
    if one.rows is not None and other.rows is not None:
        return float(scipy.linalg.svdvals(one.rows @ other.rows.T, check_finite=False).sum()), True
    if one.rows is None and other.rows is not None:
        one, other = other, one
    assert other.covariance is not None
    if one.rows is not None:
        return _sum_of_roots(one.rows @ other.covariance @ one.rows.T), True
    assert one.covariance is not None
    first, second = one.covariance, other.covariance
    lower, second_lower = _cholesky(first), _cholesky(second)
    if lower is not None and second_lower is not None:
        # L' S L at a quarter of the cost of two full products; only its lower triangle is filled.
        product, _ = scipy.linalg.lapack.dsygst(second, lower, itype=2, lower=1)
        return _sum_of_roots(product), False
    if lower is not None:
        first, second = second, first
    rows = _spectral_factor(first)
    return _sum_of_roots(rows @ second @ rows.T), True


def _gaussian(side: ArrayLike | Moments | Gaussian) -> Gaussian:
    if isinstance(side, Gaussian):
        return side
    return from_moments(side) if isinstance(side, Moments) else fit(side)


def _cholesky(covariance: Float64) -> Float64 | None:
    """Lower triangular L with S = L L', or None if S is singular to working precision."""
    lower, failed = scipy.linalg.lapack.dpotrf(covariance, lower=1, clean=1)
    pivots = np.diagonal(lower) ** 2
    smallest = len(pivots) * _EPS * float(np.diagonal(covariance).max(initial=0.0))
    return None if failed or pivots.min() <= smallest else lower


def _spectral_factor(covariance: Float64) -> Float64:
    """(r, D) rows F with S = F' F, without the null space, so that rounding there cannot leak into the trace."""
    values, vectors = scipy.linalg.eigh(covariance, driver="evd", check_finite=False)
    _refuse_negative(values)
    kept = values > len(values) * _EPS * max(float(values[-1]), 0.0)
    return np.sqrt(values[kept])[:, None] * vectors[:, kept].T


def _sum_of_roots(product: Float64) -> float:
    """Sum of the roots of the eigenvalues of a matrix that is positive semi-definite but for rounding.

    Reads the lower triangle only.
    """
    if product.size == 0:
        return 0.0
    values = scipy.linalg.eigvalsh(product, lower=True, check_finite=False)
    _refuse_negative(values)
    return float(np.sqrt(np.maximum(values, 0.0)).sum())


def _refuse_negative(eigenvalues: Float64) -> None:
    """Raises BadInput if the smallest of the ascending eigenvalues is negative beyond rounding."""
    if eigenvalues[0] < -1e3 * len(eigenvalues) * _EPS * max(float(eigenvalues[-1]), 0.0):
        raise BadInput(
            "A covariance is not positive semi-definite: it was not computed from features; compute it again."
        )
