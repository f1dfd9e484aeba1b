"""The scorer on real digits: good samples score well, bad ones badly, and what cannot be scored says why."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.results.cell_folder import CellFolder
from benchmarks.scoring.process import score_cell
from common.data.loading import load_dataset
from common.errors import BadInput
from common.specs.cell import Cell
from common.specs.judge import JudgeSpec


@pytest.fixture
def folder(cells: list[Cell], tmp_path: Path) -> CellFolder:
    made = CellFolder(tmp_path)
    made.create(cells[0])
    return made


def test_held_out_digits_score_as_the_floor_and_noise_does_not(folder: CellFolder, cells: list[Cell]) -> None:
    real = load_dataset("mnist-5k", split="test").images[:200]
    np.save(folder.samples_file, real)
    good = score_cell(folder, cells[0], None, None)
    np.save(folder.samples_file, np.random.default_rng(0).integers(0, 256, real.shape, dtype=np.uint8))
    bad = score_cell(folder, cells[0], None, None)
    assert {"inception_score", "fid", "precision", "recall"} <= set(good.metrics)
    for scores in (good, bad):
        fid = scores.metrics["fid"]
        assert (fid.name, fid.extractor) == ("FID", "mnistnet")
        assert (fid.protocol["samples"], fid.protocol["reference_samples"]) == (200, 200)
        assert fid.floor is not None
    assert good.metrics["fid"].value < 3 * (good.metrics["fid"].floor or 0)
    assert bad.metrics["fid"].value > 20 * (bad.metrics["fid"].floor or 1)
    assert good.metrics["precision"].value > 0.7 > 0.1 > bad.metrics["precision"].value


def test_the_floors_spread_is_that_of_real_images_in_neither_set(folder: CellFolder, cells: list[Cell]) -> None:
    """1,000 test images make up three sets of 333; of three sets of 1,000 only the training images can be."""
    for count, split, sets in ((333, "test", 3), (1000, "train", 3), (1500, None, 0)):
        np.save(folder.samples_file, load_dataset("mnist-5k").images[:count])
        fid = score_cell(folder, judged(cells[0], metrics="fid"), None, None).metrics["fid"]
        found = fid.floor_spread
        assert (found and (found.split, found.sets, found.images)) == (split and (split, sets, count))
        if found and fid.floor:
            assert 0 < found.deviation < fid.floor


def test_more_samples_than_held_out_images_have_no_floor(folder: CellFolder, cells: list[Cell]) -> None:
    np.save(folder.samples_file, load_dataset("mnist-5k").images[:1100])
    scores = score_cell(folder, cells[0], None, None)
    assert scores.metrics["fid"].floor is None


def judged(cell: Cell, **judge: Any) -> Cell:
    return cell.model_copy(update={"judge": JudgeSpec(**judge)})


def test_extractor_that_cannot_be_had_is_a_reason_and_no_failure(folder: CellFolder, cells: list[Cell]) -> None:
    np.save(folder.samples_file, load_dataset("mnist-5k").images[:10])
    scores = score_cell(folder, judged(cells[0], extractor="inception"), None, None)
    assert scores.metrics == {}
    assert "The extractor 'inception' could not be prepared" in str(scores.reason)


def test_the_cell_says_how_it_is_judged(folder: CellFolder, cells: list[Cell]) -> None:
    np.save(folder.samples_file, load_dataset("mnist-5k", split="test").images[:200])
    scores = score_cell(folder, judged(cells[0], metrics="kid,precision", k=4, n=150), None, None).metrics
    assert set(scores) == {"kid", "precision", "recall", "density", "coverage"}
    for score in scores.values():
        assert (score.protocol["samples"], score.protocol["reference_samples"]) == (150, 150)
        assert score.floor is not None
    assert scores["precision"].protocol["k"] == scores["density"].protocol["k"] == 4


def test_both_sides_have_the_same_number_of_images(folder: CellFolder, cells: list[Cell]) -> None:
    """Even where more samples were drawn than there are training images."""
    np.save(folder.samples_file, np.resize(load_dataset("mnist-5k").images, (4100, 32, 32, 1)))
    scores = score_cell(folder, judged(cells[0], metrics="fid"), None, None).metrics
    assert (scores["fid"].protocol["samples"], scores["fid"].protocol["reference_samples"]) == (4000, 4000)


def test_scores_by_class_have_floors(folder: CellFolder, cells: list[Cell]) -> None:
    test = load_dataset("mnist-5k", split="test")
    np.save(folder.samples_file, test.images[:300])
    np.save(folder.path / "sample_labels.npy", (test.labels[:300] + 1) % 10)
    scores = score_cell(folder, cells[0], None, None)
    assert scores.reason is None
    assert all(score.floor is not None for score in scores.metrics.values())
    assert scores.metrics["label_agreement"].value < 0.05 < 0.95 < (scores.metrics["label_agreement"].floor or 0)
    assert {"intra_class_fid", "class_precision", "class_recall"} <= scores.metrics.keys()


def test_samples_without_classes_are_not_scored_by_class(folder: CellFolder, cells: list[Cell]) -> None:
    np.save(folder.samples_file, load_dataset("mnist-5k", split="test").images[:100])
    usual = score_cell(folder, cells[0], None, None)
    assert (usual.reason, "label_agreement" in usual.metrics) == (None, False)
    asked = score_cell(folder, judged(cells[0], metrics="fid,label_agreement"), None, None)
    assert set(asked.metrics) == {"fid"}
    assert asked.reason == "Label agreement: the class of each sample is not known."


def test_conditional_samples_are_scored_by_class(folder: CellFolder, cells: list[Cell]) -> None:
    test = load_dataset("mnist-5k", split="test")
    np.save(folder.samples_file, test.images[:300])
    np.save(folder.path / "sample_labels.npy", test.labels[:300])
    right = score_cell(folder, cells[0], None, None).metrics["label_agreement"].value
    np.save(folder.path / "sample_labels.npy", (test.labels[:300] + 1) % 10)
    wrong = score_cell(folder, cells[0], None, None).metrics["label_agreement"].value
    assert right > 0.95 > 0.05 > wrong


def test_a_class_of_too_few_images_costs_the_scores_by_class_and_no_others(
    folder: CellFolder, cells: list[Cell]
) -> None:
    test = load_dataset("mnist-5k", split="test")
    rare = np.flatnonzero(test.labels[:300] == 9)[1:]
    kept = np.delete(np.arange(300), rare)  # a single nine is left
    np.save(folder.samples_file, test.images[kept])
    np.save(folder.path / "sample_labels.npy", test.labels[kept])
    scores = score_cell(folder, cells[0], None, None)
    assert {"fid", "precision", "recall", "label_agreement"} <= scores.metrics.keys()
    assert not {"intra_class_fid", "class_precision", "class_recall"} & scores.metrics.keys()
    assert scores.metrics["fid"].floor is not None
    assert scores.reason is not None
    assert "class 9 needs at least 2 samples, but only 1 are given" in scores.reason


def test_missing_samples_are_bad_input(folder: CellFolder, cells: list[Cell]) -> None:
    with pytest.raises(BadInput, match=r"samples\.npy is missing"):
        score_cell(folder, cells[0], None, None)


def test_process_scores_folder_after_folder_and_refuses_one_in_a_sentence(folder: CellFolder, tmp_path: Path) -> None:
    empty = CellFolder(tmp_path / "empty")
    empty.create(folder.cell())
    images = load_dataset("mnist-5k", split="test").images[:100]
    np.save(folder.samples_file, images)
    (folder.path / "progress").mkdir()
    np.save(folder.path / "progress" / "epoch_0000.npy", images[:64])
    orders = "".join(json.dumps({"score": str(each.path)}) + "\n" for each in (empty, folder))
    command = [sys.executable, "-m", "benchmarks.scoring.process"]
    done = subprocess.run(command, input=orders, env=python_environment(), capture_output=True, text=True)
    assert done.returncode == 0, folder.stderr_file.read_text()
    refused, scored = map(json.loads, done.stdout.splitlines())
    assert (refused["event"], scored) == ("failed", {"event": "scored"})
    assert "samples.npy is missing" in refused["reason"]
    scores = folder.scores()
    assert scores is not None
    assert scores.metrics["fid"].value > 0
    assert (folder.path / "grid_epoch_0000.png").exists()
    assert (folder.path / "training.gif").exists()


def test_what_the_process_prints_stands_in_the_log_of_the_cell(folder: CellFolder, tmp_path: Path) -> None:
    broken = CellFolder(tmp_path / "broken")
    broken.create(folder.cell())
    program = (
        "import sys\nimport benchmarks.scoring.process as process\n"
        "process.score_cell = lambda *a, **k: 1 / 0\nsys.exit(process.main())"
    )
    command = [sys.executable, "-c", program]
    order = json.dumps({"score": str(broken.path)})
    done = subprocess.run(command, input=order, env=python_environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert "ZeroDivisionError" in broken.stderr_file.read_text()
