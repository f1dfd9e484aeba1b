"""The worker with a fake engine: events and nothing else on stdout, exit codes, result.json, resuming."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.results.cell_folder import CellFolder
from common.specs.cell import Cell

HERE = Path(__file__).parent
PROGRAM = (
    "import sys; from benchmarks.running import worker; from common.specs.engines import ENGINES\n"
    "def stand_in(name, engine): return ENGINES[name].model_copy(update={'engine': engine})\n"
    "fakes = (stand_in('torch', 'fake_engine:FakeEngine'), stand_in('keras-tf', 'no_such:X'))\n"
    "ENGINES._own = {fake.name: fake for fake in fakes}\n"
    "sys.exit(worker.main())\n"
)


@pytest.fixture
def folder(cells: list[Cell], tmp_path: Path) -> CellFolder:
    made = CellFolder(tmp_path / "cell")
    made.create(cells[0])
    return made


def work(folder: CellFolder, mood: str = "", *arguments: str, limit: str = "") -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, events and stderr of a worker, before which the shell is told its `limit`."""
    environment = python_environment({"FAKE_ENGINE": mood})
    environment["PYTHONPATH"] += os.pathsep + str(HERE)
    command = [sys.executable, "-c", PROGRAM, str(folder.path), *arguments]
    command = ["bash", "-c", f'{limit}exec "$@"', "bash", *command]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_compilers_find_earlier_work_only_where_nothing_is_timed(folder: CellFolder, tmp_path: Path) -> None:
    code, _, stderr = work(folder)
    assert (code, "without cache: 1, cache: None" in stderr) == (0, True)
    folder.result_file.unlink()
    shutil.rmtree(folder.checkpoints)
    cache = ("--cache-dir", str(tmp_path / "cache"))
    code, events, stderr = work(folder, "", "--untimed", *cache)
    assert (code, f"without cache: None, cache: {tmp_path / 'cache' / 'compiled' / 'torch'}" in stderr) == (0, True)
    assert not any("seconds" in event for event in events)
    result = folder.result()
    assert result is not None
    assert result.training.clocks is None


def test_trained_cell_leaves_all_its_files_and_only_events_on_stdout(folder: CellFolder, cells: list[Cell]) -> None:
    code, events, stderr = work(folder, "", "--threads", "2", "--launched-at", str(time.monotonic() - 100))
    assert code == 0, stderr
    names = [event["event"] for event in events if event["event"] != "progress"]
    assert names == ["started", "epoch", "epoch", "sampling", "finished"]
    assert "a greeting" in stderr
    assert "C++ side" in stderr
    result = folder.result()
    assert result is not None
    assert (result.data.name, result.data.images, result.training.iterations_per_epoch) == ("mnist-5k", 64, 4)
    assert (result.training.hardware.threads, result.training.hardware.used) == (2, "fake:0")
    assert 100 < result.training.clocks.startup_seconds < 130
    assert result.training.losses["discriminator"] == pytest.approx([1 / step for step in range(1, 9)])
    assert np.load(folder.samples_file).shape == (20, 32, 32, 1)
    assert len(folder.progress_files()) == 3


def test_crash_is_a_traceback_on_stderr_and_the_next_attempt_goes_on_from_the_checkpoint(folder: CellFolder) -> None:
    code, events, stderr = work(folder, "crash 6")
    assert code == 1
    assert events[-1]["event"] != "failed"
    assert stderr.strip().endswith("RuntimeError: out of luck")
    assert folder.result() is None
    code, events, stderr = work(folder)
    assert code == 0, stderr
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [2]
    result = folder.result()
    assert result is not None
    assert result.training.resumed_at_epochs == [1]
    assert result.training.losses["discriminator"] == pytest.approx([1 / step for step in range(1, 9)])


def test_nan_loss_ends_as_diverged_with_its_epoch_and_keeps_the_losses(folder: CellFolder) -> None:
    code, events, _ = work(folder, "nan 7")
    assert code == 3
    last = events[-1]
    assert (last["event"], last["epoch"], last["iteration"]) == ("diverged", 2, 3)
    assert "nan" in last["reason"]
    until = folder.until_divergence()
    assert until is not None
    assert len(until.training.losses["generator"]) >= 7
    assert folder.result() is None


def test_framework_that_is_not_installed_is_one_sentence(folder: CellFolder, cells: list[Cell], tmp_path: Path) -> None:
    other = CellFolder(tmp_path / "keras")
    other.create(cells[1])
    code, events, _ = work(other)
    assert code == 2
    assert events[-1] == {
        "event": "failed",
        "reason": "Engine 'keras-tf' needs the package 'no_such': install it with pip install 'ganbench[keras]'.",
    }


def test_folder_without_a_cell_is_one_sentence(tmp_path: Path) -> None:
    code, events, _ = work(CellFolder(tmp_path))
    assert code == 2
    assert "no valid cell.json" in events[-1]["reason"]


def test_worker_whose_parent_is_gone_stops(folder: CellFolder) -> None:
    environment = python_environment()
    environment["PYTHONPATH"] += os.pathsep + str(HERE)
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-c", PROGRAM, str(folder.path)]
    done = subprocess.run(command, env=environment, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write)
    assert done.returncode == 1
    assert "is gone: stopping" in done.stderr


def test_memory_that_runs_out_is_told_with_the_first_line_of_the_error(folder: CellFolder) -> None:
    code, events, stderr = work(folder, "starve 6")
    assert (code, events[-1]["event"]) == (4, "out of memory")
    assert events[-1]["reason"] == "MemoryError: 8 GB for a kernel"
    assert "Traceback" in stderr
    assert folder.result() is None
    assert work(folder)[0] == 0  # goes on from the checkpoint


def test_a_file_that_cannot_be_written_to_its_end_is_one_sentence_and_no_file(folder: CellFolder) -> None:
    """As on a full disk: here the shell allows files of 16 KB, and the first samples have 64."""
    code, events, _ = work(folder, limit="ulimit -f 16; ")
    assert (code, events[-1]["event"]) == (1, "failed")
    assert "Cannot write" in events[-1]["reason"]
    assert str(folder.progress_file(0)) in events[-1]["reason"]
    assert list((folder.path / "progress").iterdir()) == []
    assert work(folder)[0] == 0


def test_a_training_goes_on_with_the_versions_it_was_begun_with_or_not_at_all(folder: CellFolder) -> None:
    assert work(folder, "crash 6")[0] == 1
    code, events, _ = work(folder, "version 2.0")
    assert (code, events[-1]["event"]) == (2, "failed")
    assert "was begun with fake 1.0, and today it is 2.0: delete that folder" in events[-1]["reason"]
    assert work(folder)[0] == 0
