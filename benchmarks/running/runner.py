"""The runner: trains cells, each in a process of its own, scores them in one for all, and records how each ended.

One bad cell stops no other. A cell whose record says `finished` or `diverged` is not trained again; one that ended in
another way or was interrupted is, and its worker goes on from the last checkpoint by itself. A cell whose proof does
not hold is not trained.

Cells whose times are compared are trained in one place, one after the other. A cell is scored while the next cell's
worker imports its framework and builds its networks; before the first thing it times that worker waits until nothing is
left to score. Of several timed places none waits: there cells are scored when all are trained.
"""

from __future__ import annotations

import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from benchmarks.machine.child import ChildEnd
from benchmarks.machine.events import Event
from benchmarks.machine.locks import WorkToDo
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Proof, Record
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.wording import title
from benchmarks.running.attempts import USUAL, Policy, Trained, train
from benchmarks.running.executor import Executor, Job, Place, PlaceLostError
from benchmarks.running.groups import groups_of
from benchmarks.running.recording import finished, unfinished, unproven
from benchmarks.running.scorer import Scorer
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell

_LEAST_FREE_BYTES = 200 * 2**20
MOST_LOST = 3  # places that a cell may lose in a row; after that something is wrong with it


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
    executor: Executor,
    scorer: list[str],
    view: View,
    policy: Policy = USUAL,
    proofs: Mapping[str, Proof] | None = None,
) -> list[Outcome]:
    """Bring every cell of `cells` to a record in `run`.

    Args:
        cells: what to train, in this order.
        run: the run folder; made if need be.
        executor: where cells are trained.
        scorer: the argv of the process that scores them, on this machine.
        view: shows what happens.
        policy: what is done about cells that take long or crash, and what is kept of finished ones.
        proofs: what to write into the records, by id of the cell.

    Raises:
        BadInput: the run folder cannot be used.
        GanbenchError: the disk is full, or a file cannot be written.
    """
    run.open(cells)
    runner = _Runner(run, executor, scorer, view, policy, proofs or {})
    if all(_settled(cell, run.of(cell)) for cell in cells):
        return runner.bring(cells)
    with executor.held(lambda: view.note(WAITING)):
        return runner.bring(cells)


WAITING = "Another ganbench run has this device to itself: waiting until it has finished."


_Ended = tuple[int, Cell, Outcome | Trained] | BaseException


class _Runner:
    """Trains cells in as many threads as the executor has places, and scores them in the thread that calls `bring`."""

    def __init__(
        self,
        run: RunFolder,
        executor: Executor,
        scorer: list[str],
        view: View,
        policy: Policy,
        proofs: Mapping[str, Proof],
    ) -> None:
        self._run, self._executor, self._scorer, self._view, self._policy = run, executor, scorer, view, policy
        self._proofs = proofs
        self._cancelled = threading.Event()
        self._ended: queue.SimpleQueue[_Ended] = queue.SimpleQueue()

    def bring(self, cells: list[Cell]) -> list[Outcome]:
        """Every cell's outcome, in order."""
        outcomes: dict[int, Outcome] = {}
        numbers = {cell.id: number for number, cell in enumerate(cells, start=1)}
        with (
            tempfile.TemporaryDirectory(prefix="ganbench-run-") as folder,
            WorkToDo(Path(folder) / "unscored") as unscored,
            Scorer(self._scorer, self._policy.seconds) as scorer,
            ThreadPoolExecutor(max_workers=self._executor.width) as trainers,
        ):
            units = groups_of(cells) if self._executor.timed else [[cell] for cell in cells]
            for unit in [self._unsettled(unit, numbers) for unit in units]:
                if unit:
                    trainers.submit(self._train_unit, unit, unscored, Path(folder) / "unscored")
            try:
                for number, cell, trained in self._all_ended(len(cells)):
                    if isinstance(trained, Trained):
                        trained = self._score(number, cell, trained, scorer)
                        if self._executor.scores_beside:
                            unscored.done()
                    outcomes[number] = trained
                    self._view.cell_ends(number, trained)
            finally:
                self._cancelled.set()
                trainers.shutdown(cancel_futures=True)
        return [outcomes[number] for number in sorted(outcomes)]

    def _all_ended(self, count: int) -> Iterator[tuple[int, Cell, Outcome | Trained]]:
        """The cells in the order in which they are done with or to be scored; where scoring would disturb what is
        timed, those to be scored come when nothing is trained any more."""
        later = []
        for _ in range(count):
            ended = self._ended.get()
            if isinstance(ended, BaseException):
                raise ended
            if isinstance(ended[2], Trained) and not self._executor.scores_beside:
                later.append(ended)
            else:
                yield ended
        yield from later

    def _unsettled(self, cells: list[Cell], numbers: dict[str, int]) -> dict[int, Cell]:
        """Those of `cells` that need work, by number; of the others the outcome is known.

        To be asked once the devices are ours: the run that had them before may have worked on this very folder.
        """
        todo: dict[int, Cell] = {}
        for cell in cells:
            if outcome := _settled(cell, self._run.of(cell)):
                self._ended.put((numbers[cell.id], cell, self._proven(outcome)))
            else:
                todo[numbers[cell.id]] = cell
        return todo

    def _train_unit(self, cells: dict[int, Cell], unscored: WorkToDo, hold: Path) -> None:
        """Train cells, by number, one after the other in one place; if that is lost, in another."""
        lost = 0
        try:
            while cells:
                number, cell = next(iter(cells.items()))
                try:
                    with self._executor.place(self._cancelled) as place:
                        for number, cell in list(cells.items()):
                            trained = self._train(number, cell, place, hold)
                            if isinstance(trained, Trained) and self._executor.scores_beside:
                                unscored.add()
                            self._ended.put((number, cell, trained))
                            del cells[number]
                            lost = 0
                except PlaceLostError as error:
                    lost += 1
                    if lost <= MOST_LOST:
                        self._view.note(f"{title(cell)}: {error} It goes on elsewhere.")
                    else:
                        self._ended.put((number, cell, self._give_up(cell, error)))
                        del cells[number]
        except BaseException as error:
            self._ended.put(error)

    def _give_up(self, cell: Cell, error: PlaceLostError) -> Outcome:
        """The outcome of a cell that loses every place."""
        return self._recorded(
            cell, unfinished(cell, ChildEnd(error.exit_code, {"event": "failed", "reason": str(error)}), None)
        )

    def _train(self, number: int, cell: Cell, place: Place, hold: Path) -> Outcome | Trained:
        """Train the cell; its result, to be scored, or its outcome."""
        folder = self._run.of(cell)
        self._view.cell_begins(number, cell)
        try:
            _check_disk(folder.path)
            folder.create(cell)
            proof = self._proofs.get(cell.id)
            if proof is not None and not proof.held and folder.result() is None:
                return self._recorded(cell, unproven(cell, proof))
            show = partial(self._view.event, number)
            job = Job(cell, folder, hold, show, self._cancelled, self._policy.seconds)
            trained = train(
                cell,
                folder,
                lambda: place.run(job),
                self._policy,
                lambda reason: show({"event": "crashed", "reason": reason}),
            )
            if isinstance(trained, Record):
                return self._recorded(cell, trained)
        except OSError as error:
            raise cannot_write(folder, error) from error
        return trained

    def _score(self, number: int, cell: Cell, trained: Trained, scorer: Scorer) -> Outcome:
        """Have the trained cell scored, and save its record."""
        folder = self._run.of(cell)
        self._view.event(number, {"event": "scoring"})
        try:
            outcome = self._recorded(cell, finished(cell, trained.result, scorer.score(folder), trained.crashes))
            if not self._policy.keep_checkpoints:
                folder.drop_checkpoints()
        except OSError as error:
            raise cannot_write(folder, error) from error
        return outcome

    def _recorded(self, cell: Cell, record: Record) -> Outcome:
        """Save the record with the cell's proof: today's. Where only its scores are new, it keeps what else it had."""
        folder = self._run.of(cell)
        before = folder.record()
        if before is not None and before.status == record.status == "finished":
            record = record.model_copy(
                update={"proof": before.proof, "repeats": before.repeats, "crashes": before.crashes}
            )
        if proof := self._proofs.get(cell.id):
            record = record.model_copy(update={"proof": proof})
        folder.save_record(record)
        return Outcome(cell, record, skipped=False)

    def _proven(self, outcome: Outcome) -> Outcome:
        """The outcome of a settled cell, in whose record a proof is filled in that has been made since."""
        proof = self._proofs.get(outcome.cell.id)
        if proof is None or proof == outcome.record.proof:
            return outcome
        record = outcome.record.model_copy(update={"proof": proof})
        self._run.of(outcome.cell).save_record(record)
        return replace(outcome, record=record)


def _settled(cell: Cell, folder: CellFolder) -> Outcome | None:
    """The outcome of a cell that needs no work any more: scored as wanted, or diverged, which it would do again."""
    record = folder.record()
    if record is None or not record.settled or record.scoring_failed:
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
