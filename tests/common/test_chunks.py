"""Equal chunks: every row once and in order, one shape only, padding that repeats the last row."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.chunks import padded_chunks


def listed(arrays: list[np.ndarray], size: int) -> list[tuple[list[Any], int]]:
    return [([chunk.tolist() for chunk in chunks], real) for chunks, real in padded_chunks(arrays, size)]


def test_by_hand() -> None:
    assert listed([np.arange(5)], 2) == [([[0, 1]], 2), ([[2, 3]], 2), ([[4, 4]], 1)]
    assert listed([np.arange(4)], 2) == [([[0, 1]], 2), ([[2, 3]], 2)]


def test_several_sets_are_cut_alike() -> None:
    noise, classes = np.arange(3), np.array([[1, 0], [0, 1], [0.5, 0.5]])
    assert listed([noise, classes], 2) == [
        ([[0, 1], [[1, 0], [0, 1]]], 2),
        ([[2, 2], [[0.5, 0.5], [0.5, 0.5]]], 1),
    ]


def test_a_set_smaller_than_one_chunk_is_padded_with_its_last_row() -> None:
    assert listed([np.array([[1, 2], [3, 4]])], 4) == [([[[1, 2], [3, 4], [3, 4], [3, 4]]], 2)]


@given(st.integers(1, 200), st.integers(1, 60))
def test_real_rows_are_the_set_and_all_chunks_have_one_shape(count: int, size: int) -> None:
    array = np.arange(count * 3, dtype=np.float32).reshape(count, 3)
    chunks = [(chunk, real) for (chunk,), real in padded_chunks([array], size)]
    np.testing.assert_array_equal(np.concatenate([chunk[:real] for chunk, real in chunks]), array)
    assert {chunk.shape for chunk, _ in chunks} == {(size, 3)}
    assert {chunk.dtype for chunk, _ in chunks} == {array.dtype}
    assert all(real == size for _, real in chunks[:-1])
    assert all((chunk[real:] == chunk[real - 1]).all() for chunk, real in chunks)
