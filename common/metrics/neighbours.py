"""Nearest neighbours in bounded memory: radii of k-nearest-neighbour balls, and the nearest row of another set.

The rows are visited in a fixed random order, so that any tile is a fair sample and the k-th smallest distance within
it is a good upper bound for the whole set: few candidates survive, and those are decided exactly (see `distances`).
Distances are symmetric, so only half of the tiles are computed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.metrics.checks import Float64, TooFewSamples, check_rows, check_same_width
from common.metrics.distances import (
    Indices,
    Rows,
    Tile,
    bounds_tile,
    centre_of,
    exact_squared,
    float64_tile,
    in_range,
    part,
)

TILE = 2048
_ROWS_OF_A_FALLBACK_TILE = 256
_CANDIDATES_PER_ROW = 64


def squared_radii(features: Rows, k: int, tile: int = TILE) -> Float64:
    """Exact squared distances (N, k), float64, of every row to its 1st .. k-th nearest other row, ascending.

    A row is never its own neighbour, but an identical row is one, at distance 0. Memory beyond the features is
    O(tile * (tile + D) + N * k * N / tile). Where very many distances tie (a collapsed set) the candidates would not
    fit, and a float64 product of O(N) memory per row decides instead.

    Raises:
        TooFewSamples: fewer than k + 1 rows.
    """
    count = len(features)
    if count < k + 1:
        raise TooFewSamples(f"A {k}-nearest-neighbour radius", k + 1, count)
    order = np.random.Generator(np.random.Philox(count)).permutation(count)
    runs = np.array_split(order, max(1, min(count // (k + 1), -(-count // tile))))
    centre = centre_of(features)
    found = _candidates(features, centre, runs, k)
    if found is None:
        return _radii_in_float64(features, centre, k)
    rows, columns, low, slack = found
    high = low.astype(np.float64) + slack[rows] + slack[columns]
    limits = _nth_of_group(rows, high, count, k)[:, -1]
    kept = low <= limits[rows]
    rows, columns = rows[kept], columns[kept]
    return _nth_of_group(rows, exact_squared(features, features, rows, columns), count, k)


def nearest_rows(first: Rows, second: Rows, tile: int = TILE) -> tuple[Indices, Float64]:
    """For every row of first (N, D) the index of its nearest row in second (M, D), and the exact distance (N,).

    Among rows at exactly the same distance any one may be named.
    """
    first, second = in_range(first, second)
    centre = centre_of(first, second)
    index, squared = np.zeros(len(first), np.int64), np.full(len(first), np.inf)
    for top in range(0, len(first), tile):
        rows = first[top : top + tile]
        row_part = part(rows, centre)
        limits = np.full(len(rows), np.inf, np.float32)
        for left in range(0, len(second), tile):
            bounds = bounds_tile(row_part, part(second[left : left + tile], centre))
            best = bounds.low.argmin(axis=1)
            own = np.arange(len(rows))
            high = bounds.low[own, best] + bounds.slack_rows + bounds.slack_columns[best]
            limits = np.minimum(limits, np.nextafter(high, np.float32(np.inf)))
            row, column = np.divmod(np.flatnonzero(bounds.low <= limits[:, None]), bounds.low.shape[1])
            if len(row) > _CANDIDATES_PER_ROW * len(rows):  # duplicates by the thousand: one of them will do
                row, column = own, best
            exact = exact_squared(rows, second, row, left + column)
            order = np.lexsort((exact, row))
            row, column, exact = row[order], column[order], exact[order]
            leading = np.flatnonzero(np.diff(row, prepend=-1))
            better = leading[exact[leading] < squared[top + row[leading]]]
            index[top + row[better]] = left + column[better]
            squared[top + row[better]] = exact[better]
    return index, np.sqrt(squared)


def pair_of_sets(
    real: ArrayLike, generated: ArrayLike, metric: str, k_real: int, k_generated: int
) -> tuple[Rows, Rows]:
    """Both feature arrays, checked to hold more than so many rows each and brought into float32's range if need be.

    Raises:
        TooFewSamples, NonFiniteValues, BadInput: one of them cannot be used, or their widths differ.
    """
    first = check_rows(real, "real features", metric, at_least=k_real + 1)
    second = check_rows(generated, "generated features", metric, at_least=k_generated + 1)
    check_same_width(first, second, metric)
    first, second = in_range(first, second)
    return first, second


class _Pairs:
    """Pairs that may be among the row's k nearest: row, column and lower bound, in 12 bytes each, for there are
    N * k * N / tile of them; with more than `budget`, as in a collapsed set, there are `too_many` and none is kept."""

    def __init__(self, budget: int) -> None:
        self._left = budget
        self._pieces: list[tuple[NDArray, NDArray, NDArray]] = []

    @property
    def too_many(self) -> bool:
        return self._left < 0

    def add(self, mask: NDArray[np.bool_], low: NDArray, of_rows: Indices, of_columns: Indices) -> None:
        """Take in the pairs of a tile where `mask`; `of_rows` and `of_columns` say which rows of the set they are."""
        row, column = np.divmod(np.flatnonzero(mask), mask.shape[1])
        self._left -= len(row)
        if not self.too_many:
            self._pieces.append((of_rows[row].astype(np.int32), of_columns[column].astype(np.int32), low[row, column]))

    def arrays(self) -> tuple[NDArray, NDArray, NDArray]:
        """Rows, columns and lower bounds of all pairs."""
        rows, columns, low = (np.concatenate(each) for each in zip(*self._pieces, strict=True))
        return rows, columns, low


def _candidates(
    features: Rows, centre: Float64, runs: list[Indices], k: int
) -> tuple[NDArray, NDArray, NDArray, NDArray] | None:
    """Rows, columns and lower bounds of all pairs that may be among the row's k nearest, and every row's slack.

    None if there are too many.
    """
    pairs = _Pairs(8 * len(features) * k * (len(runs) + 4))
    slack, limits = np.empty(len(features), np.float32), []
    for run in runs:  # each with itself first: that tells how near a neighbour must be
        own = part(features[run], centre)
        tile = bounds_tile(own, own)
        np.fill_diagonal(tile.low, np.inf)
        limits.append(_upper_bounds(tile, k))
        slack[run] = tile.slack_rows
        pairs.add(tile.low <= limits[-1][:, None], tile.low, run, run)
    for i, run in enumerate(runs):
        own = part(features[run], centre)
        for other, limit in zip(runs[i + 1 :], limits[i + 1 :], strict=True):
            if pairs.too_many:
                return None
            low = bounds_tile(own, part(features[other], centre)).low
            pairs.add(low <= limits[i][:, None], low, run, other)
            pairs.add((low <= limit[None, :]).T, low.T, other, run)
    return None if pairs.too_many else (*pairs.arrays(), slack)


def _upper_bounds(tile: Tile, k: int) -> NDArray[np.float32]:
    """For each row of a tile (n, m) a float32 number that its k-th neighbour's squared distance cannot exceed."""
    high = tile.low + tile.slack_rows[:, None]
    high += tile.slack_columns[None, :]
    high.partition(k - 1, axis=1)
    return np.nextafter(high[:, k - 1], np.float32(np.inf))


def _nth_of_group(groups: Indices, values: Float64, count: int, k: int) -> Float64:
    """The k smallest values (count, k) of every group 0 .. count - 1, ascending; each group has at least k values."""
    order = np.lexsort((values, groups))
    first = np.searchsorted(groups[order], np.arange(count))
    return values[order[first[:, None] + np.arange(k)]]


def _radii_in_float64(features: Rows, centre: Float64, k: int) -> Float64:
    result = np.empty((len(features), k))
    for start in range(0, len(features), _ROWS_OF_A_FALLBACK_TILE):
        stop = min(start + _ROWS_OF_A_FALLBACK_TILE, len(features))
        tile = float64_tile(features[start:stop], features, centre)
        tile[np.arange(stop - start), np.arange(start, stop)] = np.inf
        nearest = np.argpartition(tile, k - 1, axis=1)[:, :k]
        rows = np.repeat(np.arange(start, stop), k)
        result[start:stop] = np.sort(exact_squared(features, features, rows, nearest.ravel()).reshape(-1, k), axis=1)
    return result
