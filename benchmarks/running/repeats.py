"""Repeated processes: finished cells trained again at equal seed, in processes of their own, for their times.

The process is the replicate of a time, not the epoch (docs/methodology.md, "Repeated processes"). All cells are
repeated once before any is repeated twice, so that one bad minute of the machine does not fall on all processes of one
cell.
"""

from __future__ import annotations

import filecmp
import shutil
import threading

from benchmarks.machine.locks import WorkToDo
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record, Repeat
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.wording import title
from benchmarks.running.executor import Executor, Job, PlaceLostError
from benchmarks.running.runner import WAITING, View, cannot_write
from common.errors import GanbenchError
from common.specs.cell import Cell


def repeat_cells(
    cells: list[Cell],
    run: RunFolder,
    processes: int,
    executor: Executor,
    view: View,
    seconds: float | None = None,
) -> bool:
    """Train every finished, timed cell until `processes` processes in all have trained it, and keep their clocks.

    A repetition that was interrupted begins anew: its epochs shall be those of one process.

    Args:
        cells: those of the run that were brought to a record before.
        run: its folder.
        processes: per cell, the first included.
        executor: where cells are trained, one at a time.
        view: shows what happens.
        seconds: how long one may take; None: any time.

    Returns:
        Whether all of them came to their end; why one did not has been said.

    Raises:
        GanbenchError: the disk is full, or a file cannot be written.
    """
    missing = [_missing(run.of(cell).record(), processes) for cell in cells]
    if not any(missing):
        return True
    good = True
    with executor.held(lambda: view.note(WAITING)):
        for process in range(2, processes + 1):
            for cell, times in zip(cells, missing, strict=True):
                if times > processes - process:
                    which = f"process {process} of {processes}"
                    good &= _repeat(cell, run.of(cell), which, executor, view, seconds)
    return good


def _missing(record: Record | None, processes: int) -> int:
    """How many repetitions a cell lacks; none where there is nothing to repeat: no end, or no times."""
    if record is None or record.status != "finished" or record.training is None or record.training.clocks is None:
        return 0
    return max(0, processes - 1 - len(record.repeats))


def _repeat(cell: Cell, folder: CellFolder, which: str, executor: Executor, view: View, seconds: float | None) -> bool:
    """Train the cell once more and add its clocks to its record."""
    again = folder.repetition
    view.note(f"{title(cell)}: {which}")
    try:
        shutil.rmtree(again.path, ignore_errors=True)
        again.create(cell)
        hold, cancelled = again.path / "unscored", threading.Event()
        with WorkToDo(hold), executor.place(cancelled) as place:  # nothing is to be scored: the worker need not wait
            end = place.run(Job(cell, again, hold, lambda event: None, cancelled, seconds))
        try:
            _add(folder, again)
        except GanbenchError as error:
            reason = end.describe() if end.code else str(error)
            view.note(f"{title(cell)}: {which} left no time: {reason}")
            return False
        shutil.rmtree(again.path)
    except PlaceLostError as error:
        view.note(f"{title(cell)}: {which} left no time: {error}")
        return False
    except OSError as error:
        raise cannot_write(folder, error) from error
    return True


def _add(folder: CellFolder, again: CellFolder) -> None:
    """The repetition in `again` as part of the record of `folder`.

    Raises:
        GanbenchError: it has no result, or no times.
    """
    record, result = folder.record(), again.result()
    if record is None or result is None or result.training.clocks is None:
        raise GanbenchError("the worker ended well but left no result with times.")
    same = filecmp.cmp(folder.generator_file, again.generator_file, shallow=False)
    repeat = Repeat(clocks=result.training.clocks, hardware=result.training.hardware, same_weights=same)
    folder.save_record(record.model_copy(update={"repeats": [*record.repeats, repeat]}))
