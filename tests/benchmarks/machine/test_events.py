"""Events: a child that nobody listens to any more ends with all that it started, even while it computes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.machine.python import python_environment

PROGRAM = """
import subprocess, sys
from pathlib import Path
from benchmarks.machine.events import Emitter
emit = Emitter()
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path(sys.argv[1]).write_text(str(other.pid))
emit({"event": "up"})
while True:  # computes, and says nothing
    sum(range(10_000))
"""


@pytest.mark.parametrize("leads", [True, False], ids=["with a group of its own", "in the group of others"])
def test_a_child_without_a_reader_ends(tmp_path: Path, leads: bool) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "pid")],
        env=python_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=leads,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    assert b"up" in child.stdout.readline()
    other = psutil.Process(int((tmp_path / "pid").read_text()))
    child.stdout.close()
    child.wait(timeout=20)
    assert child.returncode == (-9 if leads else 1)
    if leads:
        deadline = time.monotonic() + 10
        while other.is_running() and other.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    else:
        os.kill(other.pid, 9)
    assert b"is gone: stopping" in child.stderr.read()
