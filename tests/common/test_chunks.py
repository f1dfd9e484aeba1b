"""Equal chunks: every row once and in order, one shape only, padding that repeats the last row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.chunks import padded_chunks


def test_by_hand() -> None:
    chunks = [(chunk.tolist(), real) for chunk, real in padded_chunks(np.arange(5), 2)]
    assert chunks == [([0, 1], 2), ([2, 3], 2), ([4, 4], 1)]


def test_a_set_smaller_than_one_chunk_is_padded_with_its_last_row() -> None:
    ((chunk, real),) = padded_chunks(np.array([[1, 2], [3, 4]]), 4)
    assert (chunk.tolist(), real) == ([[1, 2], [3, 4], [3, 4], [3, 4]], 2)


@given(st.integers(1, 200), st.integers(1, 60))
def test_real_rows_are_the_set_and_all_chunks_have_one_shape(count: int, size: int) -> None:
    array = np.arange(count * 3, dtype=np.float32).reshape(count, 3)
    chunks = list(padded_chunks(array, size))
    np.testing.assert_array_equal(np.concatenate([chunk[:real] for chunk, real in chunks]), array)
    assert {chunk.shape for chunk, _ in chunks} == {(size, 3)}
    assert {chunk.dtype for chunk, _ in chunks} == {array.dtype}
    assert all(real == size for _, real in chunks[:-1])
    assert all((chunk[real:] == chunk[real - 1]).all() for chunk, real in chunks)
