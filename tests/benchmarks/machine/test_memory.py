"""Memory: what was freed is kept, so that arrays that come and go cost page faults once; and its lack is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.memory import oom_kills, ran_out
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


def named(name: str, text: str) -> Exception:
    """An error of a framework, which cannot be imported here."""
    return type(name, (RuntimeError,), {})(text)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (named("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (named("ResourceExhaustedError", "{{function_node __wrapped__}} failed to allocate memory"), True),
        (named("XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8 bytes."), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (ValueError("shapes (2, 3) and (4, 5) do not fit"), False),
        (KeyError("memory"), False),
    ],
)
def test_errors_that_say_that_memory_ran_out(error: Exception, expected: bool) -> None:
    assert ran_out(error) is expected


@pytest.mark.parametrize(
    "allocate",
    [
        "import numpy; numpy.ones(2**50)",
        "import torch; torch.ones(2**50)",
        "import tensorflow; tensorflow.ones([2**50])",
        "import jax.numpy; jax.numpy.ones(2**50, 'int8').block_until_ready()",
    ],
    ids=["numpy", "torch", "tensorflow", "jax"],
)
def test_what_frameworks_really_raise_is_known(allocate: str) -> None:
    program = (
        "from benchmarks.machine.memory import ran_out\n"
        f"try:\n    {allocate}\n"
        "except Exception as error:\n    print(ran_out(error), repr(error)[:300])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=python_environment())
    assert done.stdout.startswith("True"), done.stdout + done.stderr[-2000:]


def test_kills_for_want_of_memory_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = tmp_path / "vmstat"
    monkeypatch.setattr("benchmarks.machine.memory._VMSTAT", stat)
    assert oom_kills() is None
    stat.write_text("nr_free_pages 5\noom_kill 3\ndrop_pagecache 0\n")
    assert oom_kills() == 3
