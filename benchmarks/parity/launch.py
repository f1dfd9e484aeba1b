"""Running parity workers: one process for each engine, whose results come back as arrays by job."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine.child import run_child
from benchmarks.machine.devices import visible_device
from benchmarks.machine.python import python_command
from benchmarks.parity.jobs import Job

Results = dict[str, dict[str, NDArray]]


def run_jobs(jobs: Sequence[Job], device: str = "cpu", cancelled: threading.Event | None = None) -> Results:
    """Run the jobs of one engine in a process of its own and read what it left: name of the job -> arrays.

    Args:
        jobs: of one engine.
        device: "cpu" or "cuda:<index>", which the process sees and no other.
        cancelled: another thread ends the process by setting this.

    Raises:
        BadInput: the engine cannot be used here (its framework is missing, say).
        GanbenchError: the worker crashed; the message ends in its last lines.
        CancelledError: another thread has ended it.
    """
    with tempfile.TemporaryDirectory(prefix="ganbench-parity-") as folder:
        out = Path(folder)
        (out / "jobs.json").write_text(json.dumps([job.model_dump(mode="json") for job in jobs]), encoding="utf-8")
        command = python_command(
            "benchmarks.parity.worker", str(out / "jobs.json"), str(out), engine=jobs[0].cell.engine
        )
        # networks this narrow gain nothing from threads, which wait for each other on a busy machine
        variables = {"OMP_NUM_THREADS": "1", **visible_device(device)}
        end = run_child(command, variables=variables, cancelled=cancelled)
        end.check(f"The parity worker of {jobs[0].cell.engine} failed.")
        return {job.name: dict(np.load(out / f"{job.name}.npz")) for job in jobs}
