"""`run --untimed --jobs 2`: the weights of `--threads 1`, no times anywhere, and interruptions that cost nothing."""

from __future__ import annotations

import csv
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.results.run_folder import RunFolder
from common.tensor_files import load_tensors
from tests.benchmarks.tiny_runs import start_run, tiny_matrix
from tests.long import only_long

MATRIX = tiny_matrix(seeds=(0,))


def start(base: Path, out: str, *options: str) -> subprocess.Popen[str]:
    return start_run(base, MATRIX, out, *options)


def complete(base: Path, out: str, *options: str) -> RunFolder:
    process = start(base, out, *options)
    printed, _ = process.communicate(timeout=900)
    assert process.returncode == 0, printed
    return RunFolder(base / out)


@only_long
def test_jobs_change_no_weight_and_record_no_time(tmp_path: Path) -> None:
    jobs = ("--untimed", "--jobs", "2", "--keep-checkpoints")
    alone = complete(tmp_path, "alone", "--threads", "1", "--keep-checkpoints")
    process = start(tmp_path, "beside", *jobs)
    while not any((tmp_path / "beside" / "cells").glob("*/checkpoint/epoch_0003.safetensors")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    beside = complete(tmp_path, "beside", *jobs)
    cells = alone.cells()
    assert len(cells) == 2
    for cell in cells:
        mine, theirs = beside.of(cell), alone.of(cell)
        found, expected = (load_tensors(each.checkpoints / "epoch_0012.safetensors")[0] for each in (mine, theirs))
        assert found.keys() == expected.keys()
        for name, tensor in expected.items():
            np.testing.assert_array_equal(found[name], tensor, err_msg=f"{cell.label} {name}")
        record, timed = mine.record(), theirs.record()
        assert record is not None
        assert timed is not None
        assert record.training is not None
        assert timed.training is not None
        assert (record.training.clocks is None, timed.training.clocks is None) == (True, False)
        assert record.training.hardware.threads == 1
        assert record.training.losses == timed.training.losses
        assert {name: score.value for name, score in record.metrics.items()} == {
            name: score.value for name, score in timed.metrics.items()
        }
    assert any(
        (record := beside.of(cell).record()) and record.training and record.training.resumed_at_epochs for cell in cells
    )
    with (beside.path / "tables" / "cells.csv").open() as file:
        rows = list(csv.DictReader(file))
    blanks = [name for name in rows[0] if name.endswith("seconds") or name == "images_per_second"]
    assert len(blanks) >= 3
    assert {row[name] for row in rows for name in blanks} == {""}


def test_a_training_that_began_untimed_has_no_times_when_it_ends(tmp_path: Path) -> None:
    """Half of its epochs would be missing, or were taken beside other cells."""
    options = ("--engines", "torch", "--seeds", "0")
    process = start(tmp_path, "run", *options, "--untimed")
    while not any((tmp_path / "run" / "cells").glob("*/checkpoint/epoch_0002.safetensors")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    (record,) = complete(tmp_path, "run", *options).records()
    assert record.training is not None
    assert (record.training.clocks, len(record.training.losses["generator"])) == (None, 12 * 8)


@only_long
def test_processes_of_one_cell_have_times_of_their_own_and_equal_weights(tmp_path: Path) -> None:
    options = ("--engines", "torch", "--seeds", "0", "--threads", "1", "--processes", "2")
    (record,) = complete(tmp_path, "run", *options).records()
    assert [repeat.same_weights for repeat in record.repeats] == [True]
    assert record.training is not None
    clocks = [record.training.clocks, record.repeats[0].clocks]
    assert all(each is not None and len(each.epochs) == 12 for each in clocks)
    assert clocks[0] != clocks[1]


@pytest.mark.parametrize("options", [("--jobs", "2"), ("--jobs", "0", "--untimed"), ("--processes", "2", "--untimed")])
def test_jobs_that_are_timed_or_none_are_bad_input(tmp_path: Path, options: tuple[str, ...]) -> None:
    process = start(tmp_path, "run", *options)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert options[0] in printed
