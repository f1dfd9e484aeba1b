"""Running parity workers: one process for each engine, whose results come back as arrays by job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.parity.jobs import Job
from common.errors import GanbenchError

Results = dict[str, dict[str, NDArray]]


def run_jobs(jobs: Sequence[Job]) -> Results:
    """Run the jobs of one engine in a process of its own and read what it left: name of the job -> arrays.

    Raises:
        GanbenchError: the worker crashed; the message ends in its last lines.
    """
    with tempfile.TemporaryDirectory(prefix="ganbench-parity-") as folder:
        out = Path(folder)
        (out / "jobs.json").write_text(json.dumps([job.model_dump(mode="json") for job in jobs]), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.parity.worker", str(out / "jobs.json"), str(out)]
        # networks this narrow gain nothing from threads, which wait for each other on a busy machine
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            last = "\n".join(done.stderr.strip().splitlines()[-8:])
            raise GanbenchError(f"The parity worker of {jobs[0].cell.engine} ended with {done.returncode}:\n{last}")
        return {job.name: dict(np.load(out / f"{job.name}.npz")) for job in jobs}
