"""Who races against whom, and which controls come along."""

from __future__ import annotations

import pytest

from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.racing.entries import groups, reference_of, with_controls
from common.errors import BadInput

MATRIX = """
models = ["dcgan", "lsgan"]
engines = ["keras-tf", "torch:compiled", "torch"]
datasets = ["mnist-5k"]
seeds = [3, 4]
device = "cpu"
"""


def names(text: str) -> list[list[str]]:
    return [[entry.name for entry in entries] for entries in groups(expand(parse_matrix(text))).values()]


def test_one_race_per_model_with_torch_eager_first_and_one_seed() -> None:
    found = groups(expand(parse_matrix(MATRIX)))
    assert [label.split("-")[0] for label in found] == ["dcgan", "lsgan"]
    for entries in found.values():
        assert [entry.name for entry in entries] == ["torch eager", "torch compiled", "keras-tf graph"]
        assert {entry.cell.seed for entry in entries} == {3}
        assert reference_of(entries).name == "torch eager"


def test_sweep_makes_a_race_of_each_variant() -> None:
    text = MATRIX + "[sweep]\ntraining.batch_size = [16, 64]\n"
    found = groups(expand(parse_matrix(text)))
    sizes = [{entry.cell.training.batch_size for entry in entries} for entries in found.values()]
    assert sizes == [{16}, {16}, {64}, {64}]
    assert len(found) == 4


def test_of_several_precisions_float32_is_the_reference() -> None:
    text = MATRIX.replace('"torch:compiled", "torch"', '"torch:bf16", "torch:plain", "torch"')
    entries = next(iter(groups(expand(parse_matrix(text))).values()))
    assert [each.name for each in entries] == ["torch eager", "torch eager stock", "torch eager bf16", "keras-tf graph"]
    assert reference_of(entries).name == "torch eager"


def test_without_torch_the_first_is_the_reference() -> None:
    found = groups(expand(parse_matrix(MATRIX.replace(', "torch:compiled", "torch"', ""))))
    assert {reference_of(entries).name for entries in found.values()} == {"keras-tf graph"}


def test_controls_are_the_reference_again_and_slowed() -> None:
    entries = next(iter(groups(expand(parse_matrix(MATRIX))).values()))
    again, slowed = with_controls(entries)[-2:]
    assert (again.name, again.control, again.slow_down) == ("torch eager (again)", "again", 0.0)
    assert (slowed.name, slowed.control, slowed.slow_down) == ("torch eager (5 % slower)", "slowed", 0.05)
    assert again.cell == slowed.cell == entries[0].cell
    assert reference_of(with_controls(entries)) == entries[0]


def test_nothing_to_race() -> None:
    with pytest.raises(BadInput, match="no cells to race"):
        groups([])
