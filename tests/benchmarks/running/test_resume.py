"""A worker that is killed in the middle: the same command again ends in the very files of a run that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.tensor_files import load_tensors
from tests.benchmarks.tiny_runs import start_run, tiny_matrix
from tests.long import only_long

MATRIX = tiny_matrix(seeds=(0,))
KEEP = ("--retries", "0", "--keep-checkpoints")


class Runs:
    """Runs of one engine below a folder, with a device lock of its own."""

    def __init__(self, engine: str, base: Path) -> None:
        self.engine, self.base = engine, base

    def start(self, out: str) -> subprocess.Popen[str]:
        return start_run(self.base, MATRIX, out, "--engines", self.engine, "--threads", "1", *KEEP)

    def complete(self, out: str) -> Record:
        process = self.start(out)
        printed, _ = process.communicate(timeout=600)
        assert process.returncode == 0, printed
        return self.record(out)

    def kill_after(self, epoch: int, out: str) -> bool:
        """Kill the worker when it has written this epoch's checkpoint; False if it was too quick."""
        process = self.start(out)
        cells = self.base / out / "cells"
        while not any(cells.glob(f"*/checkpoint/epoch_{epoch:04d}.safetensors")):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.002)
        workers = [
            child for child in psutil.Process(process.pid).children() if "benchmarks.running.worker" in child.cmdline()
        ]
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
        process.communicate(timeout=120)
        return bool(workers) and process.returncode == 1

    def record(self, out: str) -> Record:
        (record,) = RunFolder(self.base / out).records()
        return record

    def folder(self, out: str) -> Path:
        (folder,) = (self.base / out / "cells").iterdir()
        return folder


@pytest.mark.parametrize("engine", [pytest.param("torch", marks=only_long), "keras-tf"])
def test_a_killed_worker_goes_on_bit_for_bit_when_the_run_is_repeated(engine: str, tmp_path: Path) -> None:
    runs = Runs(engine, tmp_path)
    whole = runs.complete("whole")
    out = next(out for out in ("cut", "cut again", "cut once more") if runs.kill_after(3, out))
    failed = runs.record(out)
    assert failed.status == "failed"
    assert failed.reason is not None
    assert "SIGKILL" in failed.reason
    resumed = runs.complete(out)
    assert resumed.training is not None
    assert whole.training is not None
    (at,) = resumed.training.resumed_at_epochs
    assert 3 <= at < 12
    assert (resumed.status, resumed.id) == ("finished", whole.id)
    assert resumed.training.losses == whole.training.losses
    assert len(resumed.training.losses["generator"]) == 12 * 8
    assert [epoch.epoch for epoch in resumed.training.clocks.epochs] == list(range(1, 13))
    ours, theirs = runs.folder(out), runs.folder("whole")
    for name in ("samples.npy", *(f"progress/epoch_{epoch:04d}.npy" for epoch in range(13))):
        np.testing.assert_array_equal(np.load(ours / name), np.load(theirs / name), err_msg=name)
    for name in ("generator.safetensors", "checkpoint/epoch_0012.safetensors"):
        found, expected = load_tensors(ours / name)[0], load_tensors(theirs / name)[0]
        assert found.keys() == expected.keys()
        for tensor, array in expected.items():
            np.testing.assert_array_equal(found[tensor], array, err_msg=tensor)
    assert {name: metric.value for name, metric in resumed.metrics.items()} == {
        name: metric.value for name, metric in whole.metrics.items()
    }
