"""The record of a cell from how its training and its scoring ended."""

from __future__ import annotations

import datetime
import signal
from collections.abc import Sequence
from typing import Any

from benchmarks.machine.child import TIMED_OUT, ChildEnd
from benchmarks.machine.environment import collect_environment
from benchmarks.results.cell_folder import Scores
from benchmarks.results.records import Proof, Record, Status, WorkerResult
from benchmarks.results.wording import duration
from common.specs.cell import Cell

DIVERGED_CODE, OUT_OF_MEMORY_CODE = 3, 4


def finished(cell: Cell, result: WorkerResult, scored: Scores | ChildEnd, crashes: Sequence[str] = ()) -> Record:
    """The record of a cell that was trained to its end; `scored` has its scores, or how the scorer ended without.
    `crashes` are how earlier workers ended."""
    scores = scored if isinstance(scored, Scores) else Scores(metrics={}, reason=_why_no_scores(scored))
    return Record(
        id=cell.id,
        cell=cell,
        status="finished",
        crashes=list(crashes),
        finished_at=_now(),
        metrics=scores.metrics,
        history=scores.history,
        best_epoch=scores.best_epoch,
        metrics_reason=scores.reason,
        scoring_failed=scores is not scored,
        **_measured(result),
    )


def unfinished(
    cell: Cell, end: ChildEnd, until: WorkerResult | None, seconds: float | None = None, starved: bool = False
) -> Record:
    """The record of a cell whose worker ended without a result.

    Args:
        cell: what was trained.
        end: how the worker ended.
        until: what it measured before it diverged.
        seconds: how long it was allowed to take.
        starved: whether the system killed a process for want of memory meanwhile.
    """
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
    status, reason = _why_unfinished(end, seconds, starved)
    return Record(id=cell.id, cell=cell, status=status, reason=reason, finished_at=_now(), **_measured(None))


def _why_unfinished(end: ChildEnd, seconds: float | None, starved: bool) -> tuple[Status, str]:
    if end.code == 0:
        return "failed", "The worker ended well but left no valid result.json of this version."
    if end.code == TIMED_OUT:
        allowed = duration(seconds) if seconds is not None else "the time it had"
        return "timed out", f"Not trained within {allowed}: the same command goes on from its last checkpoint."
    if end.code == OUT_OF_MEMORY_CODE and end.last_event.get("event") == "out of memory":
        return "out of memory", f"Memory ran out: {end.last_event.get('reason')}"
    if end.code == -signal.SIGKILL and starved:
        return "out of memory", f"The machine's memory ran out, and the system ended the worker. {end.describe()}"
    return "failed", end.describe()


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
