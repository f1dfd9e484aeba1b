"""Climbing the ladder: has both engines compute, compares what they found and says which rungs hold."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from numpy.typing import NDArray

from benchmarks.parity.compare import Rung, ladder
from benchmarks.parity.jobs import REFERENCE, Job, Route
from benchmarks.parity.launch import Results, run_jobs
from benchmarks.parity.mutations import mutants
from benchmarks.results.records import RecordPart
from common.data.loading import load_dataset
from common.specs.engines import ENGINES, Execution, check_engine

# In float32 a rung may be this many times further apart than torch's float32 is from torch's own float64:
# both sides round, and neither is the exact one.
ROUNDING = 4.0


class RungResult(RecordPart):
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


@dataclass(frozen=True)
class Reference:
    """What eager torch computed on one route: held against any number of engines."""

    route: Route
    jobs: list[Job]
    results: Results

    @classmethod
    def of(cls, route: Route, mutations: bool = True, cancelled: threading.Event | None = None) -> Reference:
        """Have torch compute; with `mutations`, with each of torch's mistakes planted as well. `cancelled` ends it.

        Raises:
            BadInput: the data set cannot be used.
            GanbenchError: the worker crashed.
        """
        training = route.cell.training
        load_dataset(  # prepared once, before two workers want it
            route.cell.dataset,
            image_size=training.image_size,
            resize=training.resize,
            data_dir=route.data_dir,
            cache_dir=route.cache_dir,
        )
        jobs = route.jobs(*REFERENCE)
        if mutations:
            jobs += mutants(jobs[0], "torch")
        return cls(route, jobs, run_jobs(jobs, route.device, cancelled))

    def result(self, job: Job, precision: str | None = None) -> dict[str, NDArray]:
        """Torch's arrays for the phase of `job`, in its precision unless another is given."""
        return self.results[f"eager-{precision or job.cell.precision}-{job.phase}"]


def climb(
    reference: Reference,
    engine: str,
    executions: Iterable[str] | None = None,
    mutations: bool = True,
    cancelled: threading.Event | None = None,
) -> list[RungResult]:
    """All rungs between `reference` and `engine`, in the route's precisions.

    Args:
        reference: torch's side, with mistakes if `mutations`.
        engine: the Keras engine to hold against eager torch, or torch itself, whose compiled execution is held then.
        executions: which of the engine's executions; by default the route's, else those that a user trains with.
        mutations: whether to plant the known mistakes as well (rung 7).
        cancelled: another thread ends the climb by setting this.

    Raises:
        BadInput: unknown engine or execution.
        GanbenchError: the worker crashed; the message ends in its last lines.
    """
    mutations = mutations and engine != "torch"  # the mistakes are planted between the two frameworks
    own = reference.route.executions.get(engine)
    wanted = [check_engine(engine, execution) for execution in executions or own or usual_executions(engine)]
    jobs = [job for execution in wanted for job in reference.route.jobs(engine, execution)]
    base = jobs[0]
    wrong = mutants(base, ENGINES[engine].implementation) if mutations else []
    found = run_jobs([*jobs, *wrong], reference.route.device, cancelled)
    rows = [_row(job, rung, reference, found[job.name]) for job in jobs for rung in _rungs(job)]
    if mutations:
        pairs = [(job, reference.results[job.name], found[base.name]) for job in reference.jobs if "+" in job.name]
        pairs += [(job, reference.result(base), found[job.name]) for job in wrong]
        rows += [_mutation_row(base, job, left, right) for job, left, right in pairs]
    return rows


def usual_executions(engine: str) -> list[Execution]:
    """The executions that a user trains with: every one but eager, unless an engine has no other."""
    offered = ENGINES.find(engine).executions
    return [execution for execution in offered if execution != "eager"] or list(offered)


def _phase(job: Job) -> str:
    phase = job.cell.phases()[job.phase]
    return f"{'fading' if phase.fading else 'stable'} {phase.resolution}x{phase.resolution}"


def _rungs(job: Job) -> list[Rung]:
    return [rung for rung in ladder(job.iterations) if job.cell.precision in rung.tolerance]


def _row(job: Job, rung: Rung, reference: Reference, found: dict[str, NDArray]) -> RungResult:
    cell, expected = job.cell, reference.result(job)
    tolerance = rung.tolerance[cell.precision]
    if cell.precision == "fp32" and rung.follows_rounding and "fp64" in reference.route.precisions:
        tolerance = max(tolerance, ROUNDING * rung.error(reference.result(job, "fp64"), expected))
    try:
        error = rung.error(expected, found)
    except ValueError:  # other names on the two sides: rung 1 says so, the others cannot be measured
        error = float("inf")
    return RungResult(
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


def _mutation_row(base: Job, job: Job, left: dict[str, NDArray], right: dict[str, NDArray]) -> RungResult:
    excess, rung = max(((_excess(rung, left, right), rung) for rung in _rungs(base)), key=lambda pair: pair[0])
    return RungResult(
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


def _excess(rung: Rung, left: dict[str, NDArray], right: dict[str, NDArray]) -> float:
    """How many times over its tolerance a rung is; a rung whose tensors have other names cannot be measured."""
    try:
        return rung.error(left, right) / max(rung.tolerance["fp64"], 1e-15)
    except ValueError:
        return 0.0
