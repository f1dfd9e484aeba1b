"""Kept memory: arrays that come and go cost page faults once, not every time."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.machine.python import python_environment

SCRIPT = """
import resource
import numpy as np
from benchmarks.machine.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        arrays = [np.ones(2**20) for _ in range(4)]  # 8 MiB each
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

usual = faults()
kept = keep_freed_memory()
faults()
print(kept, usual, faults())
"""


def test_arrays_that_come_and_go_fault_once() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=python_environment())
    kept, usual, afterwards = done.stdout.split()
    assert kept == "True"
    assert int(usual) > 20 * 2000  # 8 MiB are 2,048 pages
    assert int(afterwards) < int(usual) / 20
