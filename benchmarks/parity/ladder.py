"""Climbing the ladder: runs the parity workers, compares their results and says which rungs hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from benchmarks.parity.compare import LADDER, Rung
from benchmarks.parity.jobs import Job, Part, compared_phases, parity_cell
from benchmarks.parity.mutations import mutants
from common.data.loading import load_dataset
from common.errors import GanbenchError
from common.specs.cell import EXECUTIONS, Execution, Precision, check_engine
from common.specs.models import model_spec

DATASET = "mnist-5k"
PARTS: dict[Precision, tuple[Part, ...]] = {"fp64": ("ladder",), "fp32": ("ladder", "images")}
Results = dict[str, dict[str, NDArray]]


class Row(BaseModel):
    """One rung of one model and engine pair: the largest error found and how large it may be.

    For rung 7 `error` is how many times over its tolerance the mistake drove the most sensitive rung, and it
    passes if that is above 1; `noticed_by` names that rung.
    """

    model: str
    engine: str
    execution: str
    precision: str
    phase: str
    rung: int
    name: str
    error: float
    tolerance: float
    passed: bool
    noticed_by: str | None = None


def climb(model: str, engine: str, executions: Iterable[str] | None = None, mutations: bool = True) -> list[Row]:
    """All rungs of `model` between torch and `engine`, in float64 and, where rounding is the subject, float32.

    Args:
        model: a model's name.
        engine: the Keras engine to hold against eager torch, or torch itself, whose compiled execution is held then.
        executions: which of the engine's executions; by default graph and compiled, or eager where it has no other.
        mutations: whether to plant the known mistakes as well (rung 7).

    Raises:
        BadInput: unknown model, engine or execution.
        GanbenchError: a worker crashed; the message ends in its last lines.
    """
    spec = model_spec(model)
    mutations = mutations and engine != "torch"  # the mistakes are planted between the two frameworks
    wanted = [check_engine(engine, execution) for execution in executions or _usual_executions(engine)]
    load_dataset(DATASET, image_size=16)  # prepared once, before two workers want it

    def jobs(of_engine: str, execution: Execution) -> list[Job]:
        made = []
        for precision, parts in PARTS.items():
            cell = parity_cell(spec, of_engine, execution, precision, DATASET)
            names = {phase: f"{execution}-{precision}-{phase}" for phase in compared_phases(cell)}
            made += [Job(name=name, cell=cell, parts=parts, phase=phase) for phase, name in names.items()]
        return made

    torch_jobs = jobs("torch", "eager")
    keras_jobs = [job for execution in wanted for job in jobs(engine, execution)]
    if mutations:
        torch_jobs += mutants(torch_jobs[0], "torch")
        keras_jobs += mutants(keras_jobs[0], "keras")
    results = _run(torch_jobs), _run(keras_jobs)
    rows = []
    for each in keras_jobs:
        if "+" not in each.name:
            reference = results[0][f"eager-{each.cell.precision}-{each.phase}"]
            rows += [_row(each, rung, reference, results[1][each.name]) for rung in _rungs(each)]
    return rows + (_mutation_rows(keras_jobs[0], torch_jobs, keras_jobs, *results) if mutations else [])


def _usual_executions(engine: str) -> list[Execution]:
    check_engine(engine)
    return [execution for execution in EXECUTIONS[engine] if execution != "eager"] or list(EXECUTIONS[engine])


def _phase(job: Job) -> str:
    phase = job.cell.phases()[job.phase]
    return f"{'fading' if phase.fading else 'stable'} {phase.resolution}x{phase.resolution}"


def _rungs(job: Job) -> list[Rung]:
    return [rung for rung in LADDER if job.cell.precision in rung.tolerance]


def _row(job: Job, rung: Rung, reference: dict[str, NDArray], found: dict[str, NDArray]) -> Row:
    cell, tolerance = job.cell, rung.tolerance[job.cell.precision]
    try:
        error = rung.error(reference, found)
    except ValueError:  # other names on the two sides: rung 1 says so, the others cannot be measured
        error = float("inf")
    return Row(
        model=cell.model.name,
        engine=cell.engine,
        execution=cell.execution,
        precision=cell.precision,
        phase=_phase(job),
        rung=rung.number,
        name=rung.name,
        error=error,
        tolerance=tolerance,
        passed=bool(error <= tolerance),
    )


def _mutation_rows(
    base: Job, torch_jobs: list[Job], keras_jobs: list[Job], torch_found: Results, keras_found: Results
) -> list[Row]:
    rows = []
    pairs = [(job, torch_found[job.name], keras_found[base.name]) for job in torch_jobs if "+" in job.name]
    pairs += [(job, torch_found[torch_jobs[0].name], keras_found[job.name]) for job in keras_jobs if "+" in job.name]
    for job, left, right in pairs:
        excess, rung = max(((_excess(rung, left, right), rung) for rung in _rungs(base)), key=lambda pair: pair[0])
        rows.append(
            Row(
                model=base.cell.model.name,
                engine=base.cell.engine,
                execution=base.cell.execution,
                precision=base.cell.precision,
                phase=_phase(base),
                rung=7,
                name=f"notices {job.name.partition('+')[2]}",
                error=excess,
                tolerance=1.0,
                passed=excess > 1.0,
                noticed_by=rung.name if excess > 1.0 else None,
            )
        )
    return rows


def _excess(rung: Rung, left: dict[str, NDArray], right: dict[str, NDArray]) -> float:
    """How many times over its tolerance a rung is; a rung whose tensors have other names cannot be measured."""
    try:
        return rung.error(left, right) / max(rung.tolerance["fp64"], 1e-15)
    except ValueError:
        return 0.0


def _run(jobs: list[Job]) -> Results:
    """Run the jobs of one engine in a process of its own and read what it left."""
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
