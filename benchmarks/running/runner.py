"""The runner: trains cells, each in a process of its own, scores them in one for all, and records how each ended.

One bad cell stops no other. A cell whose record says `finished` or `diverged` is not trained again; one that failed or
was interrupted is, and its worker goes on from the last checkpoint by itself. A cell whose proof does not hold is not
trained.

A cell is scored while the next cell's worker imports its framework and builds its networks; before the first thing it
times that worker waits until nothing is left to score. Where nothing is timed, several cells may be trained at once.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from benchmarks.machine.child import run_child
from benchmarks.machine.devices import visible_device
from benchmarks.machine.events import Event
from benchmarks.machine.locks import WorkToDo, device_lock
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Proof, Record, WorkerResult
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.recording import finished, unfinished, unproven
from benchmarks.running.scorer import Scorer
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell

_LEAST_FREE_BYTES = 200 * 2**20


class View(Protocol):
    """What shows a run to the user; called from several threads."""

    def cell_begins(self, number: int, cell: Cell) -> None:
        """Cell `number` (from 1) is about to be trained."""
        ...

    def event(self, number: int, event: Event) -> None:
        """The worker of cell `number` reported something."""
        ...

    def cell_ends(self, number: int, outcome: Outcome) -> None:
        """Cell `number` has a record, old or new."""
        ...

    def note(self, text: str) -> None:
        """One sentence the user should know."""
        ...


@dataclass(frozen=True)
class Commands:
    """The argv of the child processes: a worker's from its cell, the cell's folder and the file by which it is held
    back while there is something to score (`benchmarks.machine.locks.wait_for_quiet`); the scorer's."""

    worker: Callable[[Cell, Path, Path], list[str]]
    scorer: list[str]


@dataclass(frozen=True)
class Outcome:
    """A cell and its record; `skipped` if the record was there before."""

    cell: Cell
    record: Record
    skipped: bool

    @property
    def good(self) -> bool:
        """Whether the cell was trained to its end and scored (or no judge knows its data set), and no proof failed."""
        unequal = self.record.proof is not None and not self.record.proof.held
        return self.record.status == "finished" and not self.record.scoring_failed and not unequal


def run_cells(
    cells: list[Cell],
    run: RunFolder,
    commands: Commands,
    view: View,
    device: str = "cpu",
    lock_folder: Path | None = None,
    jobs: int = 1,
    proofs: Mapping[str, Proof] | None = None,
) -> list[Outcome]:
    """Bring every cell of `cells` to a record in `run`.

    Args:
        cells: what to train, in this order.
        run: the run folder; made if need be.
        commands: how to start workers and the scorer.
        view: shows what happens.
        device: "cpu" or "cuda:<index>"; what the cells are trained on. No other run has it meanwhile.
        lock_folder: where device locks lie; the system's temporary folder by default.
        jobs: how many cells are trained at once; more than one only if the workers time nothing.
        proofs: what to write into the records, by id of the cell.

    Raises:
        BadInput: the run folder cannot be used.
        GanbenchError: the disk is full, or a file cannot be written.
    """
    run.open(cells)
    if not all(_settled(cell, run.of(cell)) for cell in cells):
        with device_lock(device, lambda: view.note(WAITING), lock_folder):
            return _Runner(run, commands, view, device, jobs, proofs or {}).bring(cells)
    return _Runner(run, commands, view, device, jobs, proofs or {}).bring(cells)


WAITING = "Another ganbench run is timing cells on this device: waiting until it has finished."


class _Runner:
    """Trains cells in `jobs` threads and scores them in the thread that calls `bring`."""

    def __init__(
        self, run: RunFolder, commands: Commands, view: View, device: str, jobs: int, proofs: Mapping[str, Proof]
    ) -> None:
        self._run, self._commands, self._view, self._device, self._jobs = run, commands, view, device, jobs
        self._proofs = proofs
        self._cancelled = threading.Event()

    def bring(self, cells: list[Cell]) -> list[Outcome]:
        """Every cell's outcome, in order."""
        outcomes: dict[int, Outcome] = {}
        with (
            tempfile.TemporaryDirectory(prefix="ganbench-run-") as folder,
            WorkToDo(Path(folder) / "unscored") as unscored,
            Scorer(self._commands.scorer) as scorer,
            ThreadPoolExecutor(max_workers=self._jobs) as trainers,
        ):
            hold = Path(folder) / "unscored"
            trainings = {
                trainers.submit(self._train, number, cell, unscored, hold): number
                for number, cell in enumerate(cells, start=1)
            }
            try:
                for training in as_completed(trainings):
                    number, trained = trainings[training], training.result()
                    if isinstance(trained, WorkerResult):
                        trained = self._score(number, cells[number - 1], trained, scorer)
                        unscored.done()
                    outcomes[number] = trained
                    self._view.cell_ends(number, trained)
            finally:
                self._cancelled.set()
                trainers.shutdown(cancel_futures=True)
        return [outcomes[number] for number in sorted(outcomes)]

    def _train(self, number: int, cell: Cell, unscored: WorkToDo, hold: Path) -> Outcome | WorkerResult:
        """Train the cell unless that is done already; its result, to be scored, or its outcome."""
        folder = self._run.of(cell)
        # looked at once the device is ours: the run that had it before may have worked on this very folder
        if outcome := _settled(cell, folder):
            return self._proven(outcome, folder)
        self._view.cell_begins(number, cell)
        try:
            _check_disk(folder.path)
            folder.create(cell)
            result = folder.result()
            if result is None:
                proof = self._proofs.get(cell.id)
                if proof is not None and not proof.held:
                    return self._ended(cell, folder, unproven(cell, proof))
                end = run_child(
                    self._commands.worker(cell, folder.path, hold),
                    events_file=folder.events_file,
                    stderr_file=folder.stderr_file,
                    on_event=lambda event: self._view.event(number, event),
                    variables=visible_device(self._device),
                    cancelled=self._cancelled,
                )
                result = folder.result() if end.code == 0 else None
                if result is None:
                    return self._ended(cell, folder, unfinished(cell, end, folder.until_divergence()))
        except OSError as error:
            raise cannot_write(folder, error) from error
        unscored.add()
        return result

    def _score(self, number: int, cell: Cell, result: WorkerResult, scorer: Scorer) -> Outcome:
        """Have the trained cell scored, and save its record."""
        folder = self._run.of(cell)
        self._view.event(number, {"event": "scoring"})
        try:
            return self._ended(cell, folder, finished(cell, result, scorer.score(folder)))
        except OSError as error:
            raise cannot_write(folder, error) from error

    def _ended(self, cell: Cell, folder: CellFolder, record: Record) -> Outcome:
        """Save the record with the cell's proof: today's. Where only its scores are new, it keeps what else it had."""
        before = folder.record()
        if before is not None and before.status == record.status == "finished":
            record = record.model_copy(update={"proof": before.proof, "repeats": before.repeats})
        if proof := self._proofs.get(cell.id):
            record = record.model_copy(update={"proof": proof})
        folder.save_record(record)
        return Outcome(cell, record, skipped=False)

    def _proven(self, outcome: Outcome, folder: CellFolder) -> Outcome:
        """The outcome of a settled cell, in whose record a proof is filled in that has been made since."""
        proof = self._proofs.get(outcome.cell.id)
        if proof is None or proof == outcome.record.proof:
            return outcome
        record = outcome.record.model_copy(update={"proof": proof})
        folder.save_record(record)
        return replace(outcome, record=record)


def _settled(cell: Cell, folder: CellFolder) -> Outcome | None:
    """The outcome of a cell that needs no work any more: scored as wanted, or diverged, which it would do again."""
    record = folder.record()
    if record is None or record.status == "failed" or record.scoring_failed:
        return None
    if record.status == "finished" and record.cell.judge != cell.judge:
        return None  # the training stands, its scores do not
    return Outcome(cell, record, skipped=True)


def cannot_write(folder: CellFolder, error: OSError) -> GanbenchError:
    """What the user is told where a file of the cell cannot be written."""
    return GanbenchError(f"Cannot write below {folder.path}: {error.strerror}; run the same command again.")


def _check_disk(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < _LEAST_FREE_BYTES:
        raise BadInput(f"Only {free // 2**20} MB are free on the disk of {folder}: free at least 200 MB first.")
