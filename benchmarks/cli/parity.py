"""`ganbench parity`: every rung's largest error on the terminal, and what to conclude from it as an exit code."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.cli.tables import show
from benchmarks.machine.devices import resolve_device
from benchmarks.parity.command import Task, climb_task
from benchmarks.parity.jobs import DATASET
from benchmarks.parity.ladder import RungResult
from benchmarks.results.rows import Row
from common.specs.engines import ENGINES
from common.specs.models import MODELS

REFERENCE = "torch"


def check_parity(
    models: tuple[str, ...],
    engines: tuple[str, ...] | None,
    executions: tuple[str, ...] | None,
    *,
    everything: bool = False,
    mutations: bool = True,
    out: Path | None = None,
    resume: bool = False,
    device: str = "cpu",
    dataset: str = DATASET,
    as_json: bool = False,
) -> int:
    """Climb the ladder, print the rungs, and return the exit code: 0 if every rung was measured and holds.

    Args:
        models: what to check; all models if `everything`.
        engines: what is held against eager torch; None is every other engine, with `everything` compiled torch too.
        executions: None is every execution that a user trains with.
        everything, mutations, out, resume, device, dataset: see `ganbench parity --help`.
        as_json: print the rungs as a JSON list.

    Raises:
        BadInput: nothing to check, an unknown name, or a damaged record beside `out`.
    """
    others = tuple(ENGINES) if everything else tuple(name for name in ENGINES if name != REFERENCE)
    chosen = tuple(MODELS) if everything else models
    task = Task(chosen, engines or others, executions, mutations, resolve_device(device), dataset)
    climbs = climb_task(task, out, resume)
    rungs = [rung for climb in climbs for rung in climb.rows]
    if rungs or as_json:
        show([rung.model_dump() if as_json else _readable(rung) for rung in rungs], as_json)
    if out is not None:
        print(f"Written: {out}", file=sys.stderr)
    for climb in climbs:
        if climb.failure is not None:
            print(f"{climb.model}, {climb.engine}: {climb.failure}", file=sys.stderr)
    print(f"{sum(rung.passed for rung in rungs)} of {len(rungs)} rungs hold.", file=sys.stderr)
    return 0 if all(climb.passed for climb in climbs) else 1


def _readable(rung: RungResult) -> Row:
    name = f"{rung.name} ({rung.noticed_by})" if rung.noticed_by else rung.name
    bound = f"> {rung.tolerance:g}" if rung.rung == 7 else f"<= {rung.tolerance:.0e}"
    return {
        "model": rung.model,
        "engine": rung.engine,
        "execution": rung.execution,
        "precision": rung.precision,
        "phase": rung.phase,
        "rung": rung.rung,
        "what": name,
        "error": f"{rung.error:.1e}",
        "bound": bound,
        "holds": "yes" if rung.passed else "NO",
    }
