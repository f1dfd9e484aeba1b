"""Sweeps: every combination, in order, and what is no sweep."""

from __future__ import annotations

import pytest

from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.matrix.sweep import sweep_points
from common.errors import BadInput

SWEEP = "[sweep]\ntraining.batch_size = [8, 16]\nnetwork.width = [4, 6]\n"


def test_points_are_all_combinations_the_last_field_fastest() -> None:
    assert sweep_points({"a": [1, 2], "network": {"width": [8, 16]}}) == [
        {"a": 1, "network.width": 8}, {"a": 1, "network.width": 16},
        {"a": 2, "network.width": 8}, {"a": 2, "network.width": 16},
    ]  # fmt: skip
    assert sweep_points({}) == [{}]


def test_matrix_expands_variant_by_variant(matrix_text: str) -> None:
    cells = expand(parse_matrix(matrix_text + SWEEP))
    shapes = [(cell.training.batch_size, cell.model.network.width) for cell in cells]
    assert shapes == [(8, 4)] * 2 + [(8, 6)] * 2 + [(16, 4)] * 2 + [(16, 6)] * 2
    assert len({cell.id for cell in cells}) == 8


def test_command_line_fixes_a_swept_field(matrix_text: str) -> None:
    cells = expand(parse_matrix(matrix_text + SWEEP), Selection(settings={"network.width": 5}))
    assert [(cell.training.batch_size, cell.model.network.width) for cell in cells] == [(8, 5)] * 2 + [(16, 5)] * 2


@pytest.mark.parametrize("line", ["batch_size = 16", "batch_size = []", "batch_size = [8, 8]"])
def test_what_is_no_list_of_values_is_refused(matrix_text: str, line: str) -> None:
    with pytest.raises(BadInput, match=r"sweep\.training\.batch_size"):
        expand(parse_matrix(matrix_text + f"[sweep]\ntraining.{line}\n"))


def test_unknown_field_is_named(matrix_text: str) -> None:
    with pytest.raises(BadInput, match=r"Unknown field 'network\.widht': did you mean 'network\.width'"):
        expand(parse_matrix(matrix_text + "[sweep]\nnetwork.widht = [1, 2]\n"))
