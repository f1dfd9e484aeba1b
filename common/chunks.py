"""Cutting a set into equal chunks, the last one padded: compiled functions see one shape only."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def padded_chunks(array: NDArray, size: int) -> Iterator[tuple[NDArray, int]]:
    """Chunks of exactly `size` rows and how many of their rows are real; padding repeats the last row.

    Args:
        array: (n, ...) with n >= 1.
        size: rows per chunk, >= 1.
    """
    for start in range(0, len(array), size):
        chunk = array[start : start + size]
        real = len(chunk)
        if real < size:
            chunk = np.concatenate([chunk, np.repeat(chunk[-1:], size - real, axis=0)])
        yield chunk, real
