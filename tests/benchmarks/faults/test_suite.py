"""A short slice of the fault suite: a run of one model that is killed twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.faults.record import load_faults
from benchmarks.machine.python import python_environment


def test_a_run_that_is_killed_again_and_again_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.faults", "--kills", "2", "--seed", "1", "--out", str(tmp_path)]
    done = subprocess.run(
        [*command, "--models", "dcgan", "--engines", "torch"],
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All runs ended equal." in done.stdout
    record = load_faults(tmp_path / "faults.json")
    assert record is not None
    assert len(record.kills) == 2
    assert record.good
    assert all(each.differences == [] for each in record.passes)
