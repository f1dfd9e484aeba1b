"""Two runs are equal, or what differs is named: a bit of a weight, a loss, a pixel, a score, an ending."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.faults.equality import differences
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.tensor_files import save_tensors

WEIGHTS = {"generator.kernel": np.arange(4, dtype=np.float32)}


@pytest.fixture
def runs(make_record: Callable[..., Record], tmp_path: Path) -> tuple[RunFolder, RunFolder, CellFolder]:
    """A run, its copy, and the folder of the copy's only cell."""
    record = make_record(scores={"fid": 12.5})
    whole = RunFolder(tmp_path / "whole")
    whole.open([record.cell])
    folder = whole.of(record.cell)
    folder.create(record.cell)
    folder.save_record(record)
    for path in (folder.generator_file, folder.checkpoints / "epoch_0002.safetensors"):
        save_tensors(path, WEIGHTS, {})
    np.save(folder.samples_file, np.zeros((2, 4, 4, 1), np.uint8))
    shutil.copytree(tmp_path / "whole", tmp_path / "copy")
    copy = RunFolder(tmp_path / "copy")
    return whole, copy, copy.of(record.cell)


def test_a_copy_is_equal_whatever_its_times_are(runs: tuple[RunFolder, RunFolder, CellFolder]) -> None:
    whole, copy, folder = runs
    assert differences(copy, whole) == []
    record = folder.record()
    assert record is not None
    assert record.training is not None
    losses = dict(reversed(record.training.losses.items()))
    later = record.training.model_copy(update={"resumed_at_epochs": [1], "clocks": None, "losses": losses})
    folder.save_record(record.model_copy(update={"training": later}))
    assert differences(copy, whole) == []


def damage(folder: CellFolder, what: str) -> None:
    record = folder.record()
    assert record is not None
    assert record.training is not None
    if what == "losses":
        losses = {"discriminator": [0.7, 0.6], "generator": [1.0, np.nextafter(1.2, 2.0)]}
        folder.save_record(
            record.model_copy(update={"training": record.training.model_copy(update={"losses": losses})})
        )
    elif what == "status":
        folder.save_record(record.model_copy(update={"status": "failed"}))
    elif what == "scores":
        folder.save_record(record.model_copy(update={"metrics": {}}))
    elif what == "record":
        folder.record_file.unlink()
    elif what == "samples.npy":
        np.save(folder.samples_file, np.eye(4, dtype=np.uint8).reshape(1, 4, 4, 1))
    else:
        kernel = WEIGHTS["generator.kernel"].copy()
        kernel[1] = np.nextafter(kernel[1], np.float32(2))
        save_tensors(folder.path / what, {"generator.kernel": kernel}, {})


@pytest.mark.parametrize(
    "what",
    [
        "losses",
        "status",
        "scores",
        "record",
        "samples.npy",
        "generator.safetensors",
        "checkpoint/epoch_0002.safetensors",
    ],
)
def test_what_differs_is_named(runs: tuple[RunFolder, RunFolder, CellFolder], what: str) -> None:
    whole, copy, folder = runs
    damage(folder, what)
    (found,) = differences(copy, whole)
    assert what in found


def test_what_is_missing_differs(runs: tuple[RunFolder, RunFolder, CellFolder]) -> None:
    whole, copy, folder = runs
    folder.samples_file.unlink()
    shutil.rmtree(folder.checkpoints)
    assert len(differences(copy, whole)) == 2
