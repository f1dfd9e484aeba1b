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


def _candidates(
    features: Rows, centre: Float64, runs: list[Indices], k: int
) -> tuple[Indices, Indices, NDArray, NDArray] | None:
    """Rows, columns and lower bounds of all pairs that may be among the row's k nearest, and every row's slack.

    None if there are too many. The pairs are kept in 12 bytes each, because there are N * k * N / tile of them.
    """
    slack = np.empty(len(features), np.float32)
    limits = [_upper_bounds(features[run], centre, k) for run in runs]
    budget = 8 * len(features) * k * (len(runs) + 4)
    pieces: list[tuple[NDArray, ...]] = []
    for i, row_run in enumerate(runs):
        rows = part(features[row_run], centre)
        for j in range(i, len(runs)):
            tile = bounds_tile(rows, part(features[runs[j]], centre))
            if i == j:
                np.fill_diagonal(tile.low, np.inf)
                slack[row_run] = tile.slack_rows
            masks = [(tile.low <= limits[i][:, None], False), (tile.low <= limits[j][None, :], True)]
            for mask, transposed in masks[: 1 if i == j else 2]:
                row, column = np.divmod(np.flatnonzero(mask), mask.shape[1])
                budget -= len(row)
                if budget < 0:
                    return None
                pair = (row_run[row].astype(np.int32), runs[j][column].astype(np.int32))
                pieces.append((*(pair[::-1] if transposed else pair), tile.low[row, column]))
    rows_of, columns_of, lows = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return rows_of, columns_of, lows, slack


def _upper_bounds(rows: Rows, centre: Float64, k: int) -> NDArray[np.float32]:
    """For each of (n, D) rows a float32 number that its k-th neighbour's squared distance cannot exceed."""
    own = part(rows, centre)
    tile = bounds_tile(own, own)
    high = tile.low
    high += tile.slack_rows[:, None]
    high += tile.slack_columns[None, :]
    np.fill_diagonal(high, np.inf)
    return np.nextafter(np.partition(high, k - 1, axis=1)[:, k - 1], np.float32(np.inf))


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
