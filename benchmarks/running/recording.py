"""The record of a cell from how its training and its scoring ended."""

from __future__ import annotations

import datetime
from typing import Any

from benchmarks.machine.child import ChildEnd
from benchmarks.machine.environment import collect_environment
from benchmarks.results.cell_folder import Scores
from benchmarks.results.records import Proof, Record, WorkerResult
from common.specs.cell import Cell

DIVERGED_CODE = 3


def finished(cell: Cell, result: WorkerResult, scored: Scores | ChildEnd) -> Record:
    """The record of a cell that was trained to its end; `scored` has its scores, or how the scorer ended without."""
    scores = scored if isinstance(scored, Scores) else Scores(metrics={}, reason=_why_no_scores(scored))
    return Record(
        id=cell.id,
        cell=cell,
        status="finished",
        finished_at=_now(),
        metrics=scores.metrics,
        history=scores.history,
        best_epoch=scores.best_epoch,
        metrics_reason=scores.reason,
        scoring_failed=scores is not scored,
        **_measured(result),
    )


def unfinished(cell: Cell, end: ChildEnd, until: WorkerResult | None) -> Record:
    """The record of a cell whose worker ended without a result; `until` is what it measured before it diverged."""
    event = end.last_event
    if end.code == DIVERGED_CODE and event.get("event") == "diverged":
        epoch = int(event.get("epoch", 0))
        place = f"epoch {epoch}, iteration {event.get('iteration')}"
        return Record(
            id=cell.id,
            cell=cell,
            status="diverged",
            reason=f"Diverged in {place}: {event.get('reason')}.",
            diverged_in_epoch=epoch,
            finished_at=_now(),
            **_measured(until),
        )
    reason = end.describe() if end.code != 0 else "The worker ended well but left no valid result.json of this version."
    return Record(id=cell.id, cell=cell, status="failed", reason=reason, finished_at=_now(), **_measured(None))


def unproven(cell: Cell, proof: Proof) -> Record:
    """The record of a cell that is not trained because its proof does not hold."""
    reason = f"Not trained: {proof.reason or 'it is not proven equal to its twins.'} Without --prove it is trained."
    return Record(
        id=cell.id, cell=cell, status="failed", reason=reason, finished_at=_now(), proof=proof, **_measured(None)
    )


def _why_no_scores(end: ChildEnd) -> str:
    return end.describe() if end.code else "The scorer ended well but left no valid metrics.json of this version."


def _measured(result: WorkerResult | None) -> dict[str, Any]:
    """The fields of a record that the worker knows."""
    if result is None:
        return {"environment": collect_environment()}
    return dict(result)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
