"""The runner: trains, scores and records cell after cell, each in a process of its own; one bad cell stops no other.

A cell whose record says `finished` or `diverged` is not trained again; one that failed or was interrupted is, and its
worker goes on from the last checkpoint by itself.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks.machine.child import ChildEnd, run_child
from benchmarks.machine.devices import visible_device
from benchmarks.machine.environment import collect_environment
from benchmarks.machine.events import Event
from benchmarks.machine.locks import device_lock
from benchmarks.results.cell_folder import CellFolder, Scores
from benchmarks.results.records import Record, WorkerResult
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell

DIVERGED_CODE = 3
_LEAST_FREE_BYTES = 200 * 2**20


class View(Protocol):
    """What shows a run to the user."""

    def cell_begins(self, number: int, cell: Cell) -> None:
        """Cell `number` (from 1) is about to be trained."""
        ...

    def event(self, event: Event) -> None:
        """The worker of the current cell reported something."""
        ...

    def cell_ends(self, number: int, outcome: Outcome) -> None:
        """Cell `number` has a record, old or new."""
        ...

    def note(self, text: str) -> None:
        """One sentence the user should know."""
        ...


@dataclass(frozen=True)
class Commands:
    """The argv of the child processes, from the cell's folder."""

    worker: Callable[[Path], list[str]]
    scorer: Callable[[Path], list[str]]


@dataclass(frozen=True)
class Outcome:
    """A cell and its record; `skipped` if the record was there before."""

    cell: Cell
    record: Record
    skipped: bool

    @property
    def good(self) -> bool:
        """Whether the cell was trained to its end and scored (or no judge knows its data set)."""
        return self.record.status == "finished" and not self.record.scoring_failed


def run_cells(
    cells: list[Cell],
    run: RunFolder,
    commands: Commands,
    view: View,
    device: str = "cpu",
    lock_folder: Path | None = None,
) -> list[Outcome]:
    """Bring every cell of `cells` to a record in `run`, one after the other.

    Args:
        cells: what to train, in this order.
        run: the run folder; made if need be.
        commands: how to start workers and scorers.
        view: shows what happens.
        device: "cpu" or "cuda:<index>"; what the cells are trained on, one at a time.
        lock_folder: where device locks lie; the system's temporary folder by default.

    Raises:
        BadInput: the run folder cannot be used.
        GanbenchError: the disk is full, or a file cannot be written.
    """
    run.open(cells)
    outcomes: list[Outcome] = []
    for number, cell in enumerate(cells, start=1):
        folder = run.of(cell)
        outcome = _settled(cell, folder)
        if outcome is None:
            with device_lock(device, lambda: view.note(_WAITING), lock_folder):
                # the run that held the lock may have worked on this very folder
                outcome = _settled(cell, folder)
                if outcome is None:
                    view.cell_begins(number, cell)
                    outcome = Outcome(cell, _attempt(cell, folder, commands, device, view.event), skipped=False)
        outcomes.append(outcome)
        view.cell_ends(number, outcome)
    return outcomes


_WAITING = "Another ganbench run is timing cells on this device: waiting until it has finished."


def _settled(cell: Cell, folder: CellFolder) -> Outcome | None:
    """The outcome of a cell that needs no work any more: scored as wanted, or diverged, which it would do again."""
    record = folder.record()
    if record is None or record.status == "failed" or record.scoring_failed:
        return None
    if record.status == "finished" and record.cell.judge != cell.judge:
        return None  # the training stands, its scores do not
    return Outcome(cell, record, skipped=True)


def _attempt(
    cell: Cell, folder: CellFolder, commands: Commands, device: str, on_event: Callable[[Event], None]
) -> Record:
    """Train the cell unless that is done already, score it, and save its record."""
    try:
        _check_disk(folder.path)
        folder.create(cell)
        result = folder.result()
        if result is None:
            end = _child(commands.worker(folder.path), folder, device, on_event)
            result = folder.result() if end.code == 0 else None
            if result is None:
                record = _unfinished(cell, end, folder.until_divergence())
                folder.save_record(record)
                return record
        record = _finished(cell, result, *_score(folder, commands, on_event))
        folder.save_record(record)
        return record
    except OSError as error:
        raise GanbenchError(
            f"Cannot write below {folder.path}: {error.strerror}; run the same command again."
        ) from error


def _child(argv: list[str], folder: CellFolder, device: str, on_event: Callable[[Event], None]) -> ChildEnd:
    """Run a worker or a scorer, which sees exactly `device`."""
    return run_child(
        argv,
        events_file=folder.events_file,
        stderr_file=folder.stderr_file,
        on_event=on_event,
        variables=visible_device(device),
    )


def _score(
    folder: CellFolder, commands: Commands, on_event: Callable[[Event], None]
) -> tuple[Scores | None, ChildEnd | None]:
    """The judge's scores, or how the scorer ended without any."""
    on_event({"event": "scoring"})
    end = _child(commands.scorer(folder.path), folder, "cpu", on_event)
    return (folder.scores(), None) if end.code == 0 else (None, end)


def _measured(result: WorkerResult | None) -> dict[str, Any]:
    """The fields of a record that the worker knows."""
    if result is None:
        return {"environment": collect_environment()}
    return dict(result)


def _finished(cell: Cell, result: WorkerResult, scores: Scores | None, end: ChildEnd | None) -> Record:
    if scores is not None:
        reason = scores.reason
    else:
        reason = end.describe() if end is not None else "The scorer ended well but left no metrics.json."
    return Record(
        id=cell.id,
        cell=cell,
        status="finished",
        finished_at=_now(),
        metrics=scores.metrics if scores is not None else {},
        history=scores.history if scores is not None else [],
        best_epoch=scores.best_epoch if scores is not None else None,
        metrics_reason=reason,
        scoring_failed=scores is None,
        **_measured(result),
    )


def _unfinished(cell: Cell, end: ChildEnd, until: WorkerResult | None) -> Record:
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


def _check_disk(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < _LEAST_FREE_BYTES:
        raise BadInput(f"Only {free // 2**20} MB are free on the disk of {folder}: free at least 200 MB first.")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
