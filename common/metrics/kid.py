"""Kernel Inception Distance: an unbiased distance, so small sets may be compared with large ones.

Binkowski et al. 2018 (arXiv 1801.01401, section 4): squared maximum mean discrepancy with the kernel (x.y / D + 1)^3,
averaged over random subsets. The estimator is unbiased, so values slightly below 0 are right for equal distributions
and are not clipped. Subsets are drawn by `numpy.random.RandomState(seed)` exactly as torch-fidelity draws them, in
float64 where torch-fidelity keeps float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from common.metrics.checks import Float64, check_rows, check_same_width

SUBSETS = 100
SUBSET_SIZE = 1000
SEED = 2020


class KernelDistance(NamedTuple):
    """Mean and standard deviation over the subsets, how many subsets there were and of what size."""

    value: float
    std: float
    subsets: int
    subset_size: int


def kid(
    generated: ArrayLike,
    real: ArrayLike,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = SEED,
) -> KernelDistance:
    """KID between generated (N, D) and real (M, D) features.

    The subset size is capped at the smaller set. Where a subset is all of both sets, every draw would give the same
    number and one is computed.

    Raises:
        TooFewSamples: fewer than two rows in a set.
        NonFiniteValues: NaN or infinite features, with counts. BadInput: different numbers of columns.
    """
    first = check_rows(generated, "generated features", "KID", at_least=2)
    second = check_rows(real, "real features", "KID", at_least=2)
    check_same_width(first, second, "KID")
    size = min(subset_size, len(first), len(second))
    if size == len(first) == len(second):
        subsets = 1
    draws = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        one = first[draws.choice(len(first), size, replace=False)].astype(np.float64)
        other = second[draws.choice(len(second), size, replace=False)].astype(np.float64)
        values.append(squared_mmd(one, other))
    return KernelDistance(float(np.mean(values)), float(np.std(values)), subsets, size)


def squared_mmd(first: Float64, second: Float64) -> float:
    """The unbiased squared discrepancy of two sets (n, D) under the cubic kernel (Gretton et al. 2012, eq. 3)."""
    count, width = first.shape
    between = _sum_of_cubes(first @ second.T / width)
    within = _sum_off_diagonal(first) + _sum_off_diagonal(second)
    return within / (count * (count - 1)) - 2.0 * between / count**2


def _sum_off_diagonal(rows: Float64) -> float:
    product = rows @ rows.T / rows.shape[1]  # NumPy computes only one triangle of a product with its own transpose
    diagonal = _sum_of_cubes(product.diagonal().copy())
    return _sum_of_cubes(product) - diagonal


def _sum_of_cubes(product: Float64) -> float:
    """Sum of (product + 1)^3; overwrites the product."""
    product += 1.0
    square = product * product
    return float(np.vdot(square, product))
