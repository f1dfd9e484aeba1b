"""Proofs of a run: each of its trainings climbs the ladder once, and each cell gets what that says about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.parity.command import Task, climb_task
from benchmarks.parity.jobs import REFERENCE, Route, cell_routes, training_key
from benchmarks.parity.ladder import RungResult
from benchmarks.parity.record import Climb
from benchmarks.results.records import Environment, Proof
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.wording import brief
from common.specs.cell import Cell
from common.specs.engines import ENGINES


@dataclass(frozen=True)
class _Twin:
    """One engine and execution, held against eager torch."""

    name: str
    climb: Climb
    rows: list[RungResult]

    @property
    def error(self) -> float | None:
        """The largest of any rung; None: nothing was measured."""
        return max((row.error for row in self.rows), default=None)

    @property
    def reason(self) -> str | None:
        """Why it is not proven equal, in one sentence; None: it is."""
        both = f"{' '.join(REFERENCE)} and {self.name}"
        if not self.rows:
            return f"{both} could not be compared: {brief(self.climb.failure) or 'nothing was measured.'}"
        worst = max(self.rows, key=lambda row: row.error / max(row.tolerance, 1e-15))
        if worst.passed:
            return None
        where = f"{worst.name}, {worst.phase}"
        return f"{both} are not equal: {where}: {worst.error:.1e}, where {worst.tolerance:g} is allowed."


def prove(
    cells: Sequence[Cell],
    run: RunFolder,
    device: str = "cpu",
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Proof]:
    """Climb the ladder on every training of `cells` that has a cell without a proof; climbs are kept in the run.

    Args:
        cells: of a matrix.
        run: their folder. Climbs that it has of these sources are not repeated.
        device: "cpu" or "cuda:<index>".
        data_dir, cache_dir: where data sets lie, and prepared ones.
        say: is told in a sentence what begins, from several threads, and what stays without a proof.

    Returns:
        The proofs by id of their cell. None for cells that no climb is about: torch's `stock` form, torch eager without
        a twin; and for those that were trained before, by other sources than were proven now.

    Raises:
        BadInput: the record of climbs in the run folder is damaged.
    """
    lacking = {training_key(cell) for cell in cells if _lacks_proof(cell, run)}
    routes = cell_routes(cells, device, data_dir, cache_dir)
    routes = {name: route for name, route in routes.items() if training_key(route.cell) in lacking and route.executions}
    if not routes:
        return {}
    task = Task(tuple(routes), tuple(ENGINES), mutations=False, device=device, routes=routes)
    climbs = climb_task(task, run.proofs_file, resume=True, say=lambda text: say(f"Proving {text}"))
    found = {}
    for name, route in routes.items():
        twins = list(_twins(route, [climb for climb in climbs if climb.model == name]))
        for cell in cells:
            if training_key(cell) == training_key(route.cell) and (proof := _proof(cell, route, twins)):
                found[cell.id] = proof
    mine = {cell.id: found[cell.id] for cell in cells if cell.id in found and _may_have(cell, run, found[cell.id])}
    if older := len(found) - len(mine):
        say(f"{older} of the cells were trained by other sources than are proven now: they stay without this proof")
    return mine


def _lacks_proof(cell: Cell, run: RunFolder) -> bool:
    record = run.of(cell).record()
    return record is None or not record.settled or record.proof is None


def _twins(route: Route, climbs: Sequence[Climb]) -> Iterator[_Twin]:
    for climb in climbs:
        for execution in route.executions[climb.engine]:
            rows = [row for row in climb.rows if row.execution == execution]
            yield _Twin(f"{climb.engine} {execution}", climb, rows)


def _proof(cell: Cell, route: Route, twins: Sequence[_Twin]) -> Proof | None:
    """What the climbs say of `cell`. Torch eager is proven by those of its twins that are equal to it, if any is."""
    if cell.stock:
        return None
    if (cell.engine, cell.execution) == REFERENCE:
        mine = [twin for twin in twins if twin.reason is None] or twins
        against = tuple(twin.name for twin in mine)
    else:
        mine = [twin for twin in twins if twin.name == f"{cell.engine} {cell.execution}"]
        against = (" ".join(REFERENCE),)
    if not mine:
        return None
    errors = [twin.error for twin in mine]
    measured = [error for error in errors if error is not None]
    reasons = [twin.reason for twin in mine if twin.reason is not None]
    return Proof(
        error=max(measured) if len(measured) == len(errors) else None,
        held=not reasons,
        rungs=sum(len(twin.rows) for twin in mine),
        iterations=route.iterations,
        device=route.device.partition(":")[0],
        against=against,
        environment=mine[0].climb.provenance.environment,
        reason=reasons[0] if reasons else None,
    )


def _may_have(cell: Cell, run: RunFolder, proof: Proof) -> bool:
    """Whether the cell is yet to be trained, or was by what has been proven."""
    environment = _trained_in(cell, run)
    return environment is None or proof.covers(environment)


def _trained_in(cell: Cell, run: RunFolder) -> Environment | None:
    """The software that has trained the cell; None: it is yet to be trained."""
    record = run.of(cell).record()
    if record is not None and record.settled:
        return record.environment
    result = run.of(cell).result()
    return None if result is None else result.environment
