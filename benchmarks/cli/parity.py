"""`ganbench parity`: every rung's largest error on the terminal, and what to conclude from it as an exit code."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.cli.tables import show
from benchmarks.machine.devices import resolve_device
from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import load_matrix, shipped_matrices
from benchmarks.parity.command import Task, climb_task
from benchmarks.parity.jobs import DATASET, REFERENCE, Route, cell_routes
from benchmarks.parity.ladder import RungResult
from benchmarks.results.rows import Row
from common.specs.engines import ENGINES
from common.specs.models import MODELS


def check_parity(
    models: tuple[str, ...],
    engines: tuple[str, ...] | None,
    executions: tuple[str, ...] | None,
    *,
    everything: bool = False,
    mutations: bool | None = None,
    out: Path | None = None,
    resume: bool = False,
    device: str = "cpu",
    dataset: str = DATASET,
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    as_json: bool = False,
) -> int:
    """Climb the ladder, print the rungs, and return the exit code: 0 if every rung was measured and holds.

    Args:
        models: what to check; all models if `everything`; or one matrix, whose own trainings are proven.
        engines: what is held against eager torch; None is every other engine, with `everything` compiled torch too.
        executions: None is every execution that a user trains with.
        mutations: whether mistakes are planted; None: on the small trainings they are, on a matrix' not.
        everything, out, resume, device, dataset, data_dir, cache_dir: see `ganbench parity --help`.
        as_json: print the rungs as a JSON list.

    Raises:
        BadInput: nothing to check, an unknown name, or a damaged record beside `out`.
    """
    others = tuple(ENGINES) if everything else tuple(name for name in ENGINES if name != REFERENCE[0])
    chosen, routes = tuple(MODELS) if everything else models, {}
    if len(chosen) == 1 and is_matrix(chosen[0]):
        routes = matrix_routes(chosen[0], device, data_dir, cache_dir)
        chosen, others = tuple(routes), tuple(ENGINES)
        mutations = bool(mutations)
    planted = mutations is None or mutations
    task = Task(chosen, engines or others, executions, planted, resolve_device(device), dataset, routes)
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


def is_matrix(name: str) -> bool:
    """Whether `name` is that of a matrix, and of no model."""
    return name not in MODELS and (name.endswith(".toml") or name in shipped_matrices())


def matrix_routes(
    name: str, device: str, data_dir: Path | None = None, cache_dir: Path | None = None
) -> dict[str, Route]:
    """The trainings of a matrix, in float64, reduced in iterations only.

    Raises:
        BadInput: the matrix cannot be read.
    """
    cells = expand(load_matrix(name), Selection(device="cpu"))
    return cell_routes(cells, resolve_device(device), data_dir, cache_dir)


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
