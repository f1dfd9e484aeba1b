"""How many points lie in which balls, for two sets of rows, tile by tile in bounded memory.

Every tile is screened with float32 bounds; pairs that the bounds leave open are decided by float64 differences, or,
where they are many (duplicates, collapsed sets), by a float64 product of the tile (see `distances`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.metrics.checks import Float64
from common.metrics.distances import (
    Indices,
    Rows,
    Tile,
    bounds_tile,
    centre_of,
    exact_squared,
    float64_tile,
    part,
)

TILE = 2048
_SHARE_LEFT_OPEN = 50  # a large tile with more than 1/50 of its pairs open is done as a float64 product
_ALWAYS_DECIDED = 1 << 16  # so many open pairs are decided one by one in any case


class Balls(NamedTuple):
    """Balls around every row of the first or of the second set.

    Attributes:
        squared_radii: float64, one per row of that set.
        around_second: whose rows are the centres.
        closed: whether a point at exactly the radius is inside (`<=`) or not (`<`).
    """

    squared_radii: Float64
    around_second: bool = False
    closed: bool = True


class Hits(NamedTuple):
    """Per row of the first set (N,) and of the second (M,), in how many pairs (ball, point inside) it takes part."""

    of_first: Indices
    of_second: Indices


def count_hits(first: Rows, second: Rows, questions: Sequence[Balls], tile: int = TILE) -> list[Hits]:
    """Answer several questions about the pairs of first (N, D) and second (M, D) with one pass over the distances.

    For balls around the first set, `of_first` is how many points each ball holds and `of_second` in how many balls
    each point lies; for balls around the second set it is the other way round. Memory is O(tile * (tile + D)).
    """
    centre = centre_of(first, second)
    hits = [Hits(np.zeros(len(first), np.int64), np.zeros(len(second), np.int64)) for _ in questions]
    for top in range(0, len(first), tile):
        rows = first[top : top + tile]
        row_part = part(rows, centre)
        for left in range(0, len(second), tile):
            columns = second[left : left + tile]
            bounds = bounds_tile(row_part, part(columns, centre))
            for question, result in zip(questions, hits, strict=True):
                at = left if question.around_second else top
                limits = question.squared_radii[at : at + tile]
                inside = _inside(rows, columns, centre, bounds, limits, question)
                result.of_first[top : top + tile] += np.bincount(inside[0], minlength=len(rows))
                result.of_second[left : left + tile] += np.bincount(inside[1], minlength=len(columns))
    return hits


def _inside(
    rows: Rows, columns: Rows, centre: Float64, bounds: Tile, limits: Float64, question: Balls
) -> tuple[Indices, Indices]:
    """Row and column of every pair of the tile that lies in its ball."""
    closed: Callable[[NDArray, NDArray], NDArray] = np.less_equal if question.closed else np.less
    single = np.nextafter(limits.astype(np.float32), np.float32(np.inf))
    mask = bounds.low <= (single[None, :] if question.around_second else single[:, None])
    row, column = np.divmod(np.flatnonzero(mask), mask.shape[1])
    limit = limits[column] if question.around_second else limits[row]
    high = bounds.low[row, column].astype(np.float64) + bounds.slack_rows[row] + bounds.slack_columns[column]
    certain = high < limit
    still_open = np.flatnonzero(~certain)
    if len(still_open) > max(mask.size // _SHARE_LEFT_OPEN, _ALWAYS_DECIDED):
        distances = float64_tile(rows, columns, centre)
        hit = closed(distances, limits[None, :] if question.around_second else limits[:, None])
        return np.divmod(np.flatnonzero(hit), hit.shape[1])
    distances = exact_squared(rows, columns, row[still_open], column[still_open])
    certain[still_open] = closed(distances, limit[still_open])
    return row[certain], column[certain]
