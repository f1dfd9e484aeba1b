"""Checkpoints: exact tensors and notes, two kept, damaged and foreign ones passed over, a full disk harmless."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.training.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint
from common.errors import GanbenchError
from common.tensor_files import save_tensors

TENSORS = {
    "generator.kernel": np.random.default_rng(0).standard_normal((4, 4, 3, 2)).astype(np.float32),
    "optimizer/step/generator.kernel": np.array([7], dtype=np.int64),
    "losses/generator": np.array([0.1, -np.inf, np.pi]),
    "sliced": np.arange(24, dtype=np.float64).reshape(4, 6).T[::2],
    "empty": np.zeros((0, 3), np.float32),
}


def save(folder: Path, epoch: int, cell: str = "cell") -> None:
    save_checkpoint(folder, cell, Checkpoint(epoch, {"at": np.array([epoch])}, {"epoch": epoch}))


def test_what_was_saved_comes_back_bit_for_bit(tmp_path: Path) -> None:
    notes = {"clocks": {"epochs": [1.5, 0.1]}, "text": "süß", "none": None}
    save_checkpoint(tmp_path / "new", "abc", Checkpoint(3, TENSORS, notes))
    found = latest_checkpoint(tmp_path / "new", "abc")
    assert found is not None
    assert (found.epoch, found.notes) == (3, notes)
    assert found.tensors.keys() == TENSORS.keys()
    for name, array in TENSORS.items():
        assert (found.tensors[name].dtype, found.tensors[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found.tensors[name], array)


def test_only_the_newest_two_are_kept_and_the_newest_is_found(tmp_path: Path) -> None:
    for epoch in (1, 2, 9, 10, 11):
        save(tmp_path, epoch)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch_0010.safetensors", "epoch_0011.safetensors"]
    found = latest_checkpoint(tmp_path, "cell")
    assert found is not None
    assert found.epoch == 11


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "header", "directory"])
def test_a_damaged_newest_falls_back_to_the_one_before(tmp_path: Path, damage: str) -> None:
    save(tmp_path, 1)
    save(tmp_path, 2)
    newest = tmp_path / "epoch_0002.safetensors"
    data = newest.read_bytes()
    newest.unlink()
    if damage == "directory":
        newest.mkdir()
    else:
        newest.write_bytes(
            {
                "truncated": data[:-1],
                "empty": b"",
                "garbage": b"<!DOCTYPE html>" * 20,
                "header": b"\xff" * 8 + data[8:],
            }[damage]
        )
    found = latest_checkpoint(tmp_path, "cell")
    assert found is not None
    assert found.epoch == 1
    assert found.tensors["at"].tolist() == [1]


def test_other_cells_checkpoints_are_refused(tmp_path: Path) -> None:
    save(tmp_path, 1, "ours")
    save(tmp_path, 2, "theirs")
    found = latest_checkpoint(tmp_path, "ours")
    assert found is not None
    assert found.epoch == 1
    assert latest_checkpoint(tmp_path, "nobody's") is None


def test_a_safetensors_file_of_somebody_else_is_no_checkpoint(tmp_path: Path) -> None:
    save_tensors(tmp_path / "epoch_0005.safetensors", {"a": np.zeros(2)}, {})
    assert latest_checkpoint(tmp_path, "cell") is None


def test_no_folder_or_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path / "missing", "cell") is None
    (tmp_path / ".epoch_0001.safetensors.x.part").write_bytes(b"half")
    assert latest_checkpoint(tmp_path, "cell") is None


def test_full_disk_leaves_the_older_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 1)
    save(tmp_path, 2)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(GanbenchError, match="No space left"):
            save(tmp_path, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch_0001.safetensors", "epoch_0002.safetensors"]
