"""Cutting sets into equal chunks, the last one padded: compiled functions see one shape only."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def padded_chunks(arrays: Sequence[NDArray], size: int) -> Iterator[tuple[list[NDArray], int]]:
    """Chunks of exactly `size` rows of each array, and how many of the rows are real; padding repeats the last row.

    Args:
        arrays: (n, ...) each, with the same n >= 1.
        size: rows per chunk, >= 1.
    """
    count = len(arrays[0])
    for start in range(0, count, size):
        real = min(size, count - start)
        rows = np.minimum(np.arange(start, start + size), count - 1)
        yield [array[rows] for array in arrays], real
