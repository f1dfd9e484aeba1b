"""Settings that changed between two runs in one folder are refused and named; what is no change is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.matrix.expand import Selection, expand, parse_settings
from benchmarks.matrix.file import parse_matrix
from benchmarks.results.changed import refuse_changed
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.cell import Cell


@pytest.fixture
def begun(cells: list[Cell], tmp_path: Path) -> RunFolder:
    """A run whose cells were begun."""
    run = RunFolder(tmp_path / "run")
    refuse_changed(run, cells)
    run.open(cells)
    for cell in cells:
        run.of(cell).create(cell)
        run.of(cell).events_file.touch()
    return run


def cells_with(text: str, *settings: str) -> list[Cell]:
    return expand(parse_matrix(text), Selection(settings=parse_settings(list(settings))))


def test_the_same_settings_go_on(begun: RunFolder, cells: list[Cell], matrix_text: str) -> None:
    refuse_changed(begun, cells)
    refuse_changed(begun, cells[1:])
    refuse_changed(begun, cells_with(matrix_text, "training.checkpoint_every=2", "judge.k=4"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("training.batch_size=8",), "with training.batch_size 16 instead of 8: choose"),
        (
            ("network.width=8", "training.epochs=3"),
            "with network.width 4 instead of 8, training.epochs 2 instead of 3: choose",
        ),
        (
            ("objective=hinge",),
            "with objective.",
        ),
    ],
)
def test_other_settings_are_refused_and_named(
    begun: RunFolder, matrix_text: str, settings: tuple[str, ...], words: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(words)) as caught:
        refuse_changed(begun, cells_with(matrix_text, *settings))
    assert "dcgan on mnist-5k, torch (eager), seed 0" in str(caught.value)
    assert "--beside" in str(caught.value)


def test_many_differences_are_counted(begun: RunFolder, matrix_text: str) -> None:
    settings = [f"training.{name}" for name in ("epochs=9", "batch_size=8", "max_images=32", "flip=true")]
    with pytest.raises(BadInput, match="1 more: choose"):
        refuse_changed(begun, cells_with(matrix_text, *settings, "training.sample_count=19"))


def test_other_seeds_engines_and_variants_are_no_change(begun: RunFolder, cells: list[Cell], matrix_text: str) -> None:
    refuse_changed(begun, cells_with(matrix_text.replace("seeds = [0]", "seeds = [1]"), "training.epochs=3"))
    wider = cells_with(matrix_text, "network.width=8")
    refuse_changed(begun, [*cells, *wider])  # a sweep asks for both
    begun.open(wider)
    for cell in wider:
        begun.of(cell).create(cell)
        begun.of(cell).events_file.touch()
    refuse_changed(begun, wider)  # each goes on by itself, once both are there


def test_what_was_never_begun_is_no_change(cells: list[Cell], matrix_text: str, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.open(cells)
    refuse_changed(run, cells_with(matrix_text, "training.epochs=3"))
