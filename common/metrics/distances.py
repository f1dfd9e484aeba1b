"""Squared distances between feature rows, tile by tile: screened in float32, decided in float64.

A float32 matrix product is twice as fast as a float64 one but errs by up to about D * 6e-8 of the squared norms. So
every tile comes with a rigorous bound on that error, and only what the bound leaves open is recomputed as the float64
sum of squared differences. Decisions (which neighbour is the k-th, what lies inside a ball) are therefore those of
float64, whatever the tiles, the order of the rows or the centre, at the speed and memory of float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.metrics.checks import Float64

Rows = NDArray[np.floating]
Indices = NDArray[np.int64]

_CHUNK = 1 << 17  # elements of a temporary when differences are taken row pair by row pair: it stays in the cache


class Part(NamedTuple):
    """A run of rows ready for the product: the rows minus the common centre (n, D), and their squared norms (n,)."""

    values: NDArray[np.floating]
    norms: NDArray[np.floating]


class Tile(NamedTuple):
    """Bounds of the squared distances between two parts: exact distances lie in low .. low + slack, row by column.

    `low` is (n, m); the slack of an entry is slack_rows[row] + slack_columns[column].
    """

    low: NDArray[np.floating]
    slack_rows: NDArray[np.floating]
    slack_columns: NDArray[np.floating]


def centre_of(*sets: Rows) -> Float64:
    """A point (D,) amid all rows; subtracting it keeps the norms, and with them the errors, small."""
    total = sum(len(rows) for rows in sets)
    sums = np.stack([rows.sum(axis=0, dtype=np.float64) for rows in sets])
    return sums.sum(axis=0) / total


def in_range(*sets: Rows) -> tuple[Rows, ...]:
    """The sets as they are, or all times one power of two if their spread would over- or underflow float32 squares."""
    centre = centre_of(*sets)
    spread = max(float(max((rows.max(axis=0) - centre).max(), (centre - rows.min(axis=0)).max())) for rows in sets)
    if spread == 0 or 2.0**-30 < spread < 2.0**30:
        return sets
    factor = 2.0 ** -round(np.log2(spread))
    return tuple(rows * np.float64(factor) for rows in sets)


def part(rows: Rows, centre: Float64, dtype: type[np.floating] = np.float32) -> Part:
    """Rows (n, D) minus the centre (D,), as `dtype`, with squared norms (n,).

    The centre is rounded to `dtype`: any point will do if it is the same for all parts, and then float32 rows need no
    detour over float64, since their difference to a float32 point is rounded once either way.
    """
    exact = np.promote_types(rows.dtype, dtype)
    values = np.subtract(rows, centre.astype(dtype), dtype=exact).astype(dtype, copy=False)
    return Part(values, np.einsum("ij,ij->i", values, values, dtype=np.float64).astype(dtype))


def error_factor(dimension: int, dtype: type[np.floating] = np.float32) -> float:
    """c such that a computed entry is within c * (norm of row + norm of column) of the exact squared distance.

    (D + 16) * u: the error of a dot product summed in any order (Higham 2002, section 3.1), plus those of centring,
    of casting and of adding the norms.
    """
    return (dimension + 16) * float(np.finfo(dtype).eps) / 2


def bounds_tile(rows: Part, columns: Part) -> Tile:
    """Lower bounds, and the slack above them, of all squared distances between two float32 parts."""
    c = error_factor(rows.values.shape[1])
    low = rows.values @ (-2 * columns.values).T
    low += ((1 - c) * rows.norms)[:, None]
    low += ((1 - c) * columns.norms)[None, :]
    return Tile(low, (2 * c) * rows.norms, (2 * c) * columns.norms)


def float64_tile(first: Rows, second: Rows, centre: Float64) -> Float64:
    """Squared distances (n, m) by a float64 product; entries within rounding of zero are exactly zero."""
    rows, columns = part(first, centre, np.float64), part(second, centre, np.float64)
    tile = rows.values @ (-2 * columns.values).T
    norms = rows.norms[:, None] + columns.norms[None, :]
    tile += norms
    norms *= error_factor(first.shape[1], np.float64)
    tile[tile <= norms] = 0.0
    return tile


def exact_squared(first: Rows, second: Rows, rows: Indices, columns: Indices) -> Float64:
    """Float64 sums of squared differences of the row pairs (first[rows[i]], second[columns[i]]), shape (len(rows),)."""
    result = np.empty(len(rows))
    step = max(1, _CHUNK // first.shape[1])
    for start in range(0, len(rows), step):
        stop = start + step
        difference = np.subtract(first[rows[start:stop]], second[columns[start:stop]], dtype=np.float64)
        result[start:stop] = np.einsum("ij,ij->i", difference, difference)
    return result
