"""Scores on the way to the end of a training: real digits stand for good generators, noise for bad ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.results.best import best_epoch
from benchmarks.results.cell_folder import CellFolder, Scores
from benchmarks.results.records import JudgedEpoch
from benchmarks.scoring.history import keep_best
from benchmarks.scoring.process import score_cell
from common.data.loading import load_dataset
from common.specs.cell import Cell, override
from common.specs.judge import JudgeSpec
from common.tensor_files import load_notes, save_tensors


@pytest.fixture
def folder(tmp_path: Path) -> CellFolder:
    """Four epochs: noise, digits, digits with noise over half of them, noise at the end."""
    made, digits = CellFolder(tmp_path), load_dataset("mnist-5k", split="test").images[:100]
    noise = np.random.default_rng(0).integers(0, 256, digits.shape, dtype=np.uint8)
    made.judged_samples_file(1).parent.mkdir()
    for epoch, images in {1: noise, 2: digits, 3: np.concatenate([digits[:50], noise[:50]])}.items():
        np.save(made.judged_samples_file(epoch), images)
        save_tensors(made.judged_generator_file(epoch), {"generator.x": np.full(2, epoch)}, {"epoch": epoch})
    np.save(made.samples_file, noise)
    save_tensors(made.generator_file, {"generator.x": np.full(2, 4)}, {"epoch": 4})
    return made


def judged(cell: Cell, **judge: Any) -> Cell:
    spec = JudgeSpec(**{"metrics": ("fid", "precision"), "every": 1, **judge})
    return override(cell, {"training.epochs": 4}).model_copy(update={"judge": spec})


def score(folder: CellFolder, cell: Cell) -> Scores:
    return score_cell(folder, cell, None, None)


def left(folder: CellFolder) -> list[str]:
    return sorted(path.name for path in folder.path.rglob("*.safetensors"))


def test_every_epoch_that_was_kept_is_scored_like_the_last(folder: CellFolder, cells: list[Cell]) -> None:
    scores = score(folder, judged(cells[0]))
    assert [each.epoch for each in scores.history] == [1, 2, 3, 4]
    assert scores.history[3].scores == {name: score.value for name, score in scores.metrics.items()}
    fids = [each.scores["fid"] for each in scores.history]
    assert fids[1] < fids[2] < fids[0] == fids[3]
    assert (scores.best_epoch, scores.reason) == (2, None)
    alone = CellFolder(folder.path / "alone")
    alone.path.mkdir()
    np.save(alone.samples_file, np.load(folder.judged_samples_file(3)))
    assert score(alone, judged(cells[0], every=None)).metrics["fid"].value == fids[2]


def test_only_the_end_is_scored_unless_the_judge_wants_more(folder: CellFolder, cells: list[Cell]) -> None:
    scores = score(folder, judged(cells[0], every=None))
    assert (scores.history, scores.best_epoch) == ([], None)
    keep_best(folder, scores)
    assert not folder.best_generator_file.exists()


def test_epochs_without_samples_are_named(folder: CellFolder, cells: list[Cell]) -> None:
    folder.judged_samples_file(1).unlink()
    scores = score(folder, judged(cells[0]))
    assert [each.epoch for each in scores.history] == [2, 3, 4]
    assert str(scores.reason).startswith("After epoch 1 no samples were kept")


def test_a_main_score_that_was_not_computed_chooses_nothing(folder: CellFolder, cells: list[Cell]) -> None:
    scores = score(folder, judged(cells[0], main="kid"))
    assert scores.best_epoch is None
    assert scores.reason == "There is no best generator: its main score, kid, was not computed."


@pytest.mark.parametrize(("higher", "best"), [(False, 2), (True, 3)])
def test_the_best_is_the_earliest_with_the_best_main_score(higher: bool, best: int) -> None:
    values = {1: 5.0, 2: 1.0, 3: 9.0, 4: 1.0, 5: 9.0}
    history = [JudgedEpoch(epoch=epoch, scores={"x": value}) for epoch, value in values.items()]
    assert best_epoch([JudgedEpoch(epoch=0, scores={}), *history], "x", higher) == best
    assert best_epoch(history, "y", higher) is None


def test_the_best_generator_is_kept_beside_the_last(folder: CellFolder, cells: list[Cell]) -> None:
    scores = score(folder, judged(cells[0]))
    keep_best(folder, scores)
    assert left(folder) == ["best.safetensors", "generator.safetensors"]
    assert load_notes(folder.best_generator_file) == {"epoch": 2}
    keep_best(folder, scores)  # scored again: its weights are where they were
    assert load_notes(folder.best_generator_file) == {"epoch": 2}
    keep_best(folder, scores.model_copy(update={"best_epoch": 4}))
    assert folder.best_generator_file.read_bytes() == folder.generator_file.read_bytes()
    keep_best(folder, scores.model_copy(update={"best_epoch": 3}))  # whose weights are gone
    assert left(folder) == ["generator.safetensors"]
