"""Executors: where workers run. The runner says which cells, in which order; an executor has the places to train them.

A place is one device of some machine. It trains one cell at a time, and nobody else has it meanwhile.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.machine.child import ChildEnd, run_child
from benchmarks.machine.devices import visible_device
from benchmarks.machine.events import Event
from benchmarks.machine.locks import device_locks
from benchmarks.results.cell_folder import CellFolder
from common.errors import GanbenchError
from common.specs.cell import Cell


class PlaceLostError(GanbenchError):
    """The machine of a place is gone, with the worker that it ran: the cell can be trained elsewhere."""


@dataclass(frozen=True)
class Job:
    """A worker to be run.

    Attributes:
        cell: what it trains.
        folder: of the cell, with its cell.json; what the worker leaves has to lie here when it has ended.
        hold: a file: what is timed waits while it is locked (`benchmarks.machine.locks.wait_for_quiet`).
        on_event: takes each of its events as it comes.
        cancelled: another thread ends the worker by setting this.
        timeout: seconds after which it is ended.
    """

    cell: Cell
    folder: CellFolder
    hold: Path
    on_event: Callable[[Event], None]
    cancelled: threading.Event
    timeout: float | None = None


class Place(Protocol):
    """One device of some machine."""

    def run(self, job: Job) -> ChildEnd:
        """Run the worker to its end.

        Raises:
            PlaceLostError: the machine is gone.
            CancelledError: another thread has ended it.
        """
        ...


class Executor(Protocol):
    """Places that train cells.

    Attributes:
        width: how many cells may be trained at once.
        timed: whether workers take times: then cells that are compared have one place, one after the other.
        scores_beside: whether a cell may be scored, on this machine, while others are trained: they take no times, are
            held back meanwhile, or are elsewhere.
    """

    width: int
    timed: bool
    scores_beside: bool

    def held(self, waiting: Callable[[], None]) -> AbstractContextManager[object]:
        """Have the places for the block; `waiting` is called once if somebody else has one of them."""
        ...

    def place(self, cancelled: threading.Event) -> AbstractContextManager[Place]:
        """A free place, for the block; waits until there is one.

        Raises:
            PlaceLostError: its machine is gone before it could be used.
            CancelledError: another thread has set `cancelled`.
        """
        ...


class LocalPlace:
    """A device of this machine.

    Args:
        device: "cpu" or "cuda:<index>".
        worker: the argv of a worker from its cell, the cell's folder and the file that holds it back.
    """

    def __init__(self, device: str, worker: Callable[[Cell, Path, Path], list[str]]) -> None:
        self._device, self._worker = device, worker

    def run(self, job: Job) -> ChildEnd:
        """Run the worker in a process of this one."""
        command, variables = self._worker(job.cell, job.folder.path, job.hold), visible_device(self._device)
        if self._device != "cpu":
            shown = variables["CUDA_VISIBLE_DEVICES"]
            command += ["--device-index", shown if shown.isdigit() else self._device.partition(":")[2]]
        return run_child(
            command,
            events_file=job.folder.events_file,
            stderr_file=job.folder.stderr_file,
            on_event=job.on_event,
            variables=variables,
            timeout=job.timeout,
            cancelled=job.cancelled,
        )


class LocalExecutor:
    """Devices of this machine.

    Args:
        worker: see `LocalPlace`.
        devices: "cpu", or "cuda:<index>" of each GPU.
        jobs: how many cells each of them trains at once; more than one only if workers take no times.
        timed: whether they do.
        lock_folder: where device locks lie; the system's temporary folder by default.
    """

    def __init__(
        self,
        worker: Callable[[Cell, Path, Path], list[str]],
        devices: Sequence[str] = ("cpu",),
        jobs: int = 1,
        timed: bool = True,
        lock_folder: Path | None = None,
    ) -> None:
        self._devices, self._lock_folder = devices, lock_folder
        self.width = len(devices) * jobs
        self.timed = timed
        # one place can be held back until what came from it is scored; of several, others would be under the clock
        self.scores_beside = not timed or self.width == 1
        self._free: queue.SimpleQueue[LocalPlace] = queue.SimpleQueue()
        for _ in range(jobs):
            for device in devices:
                self._free.put(LocalPlace(device, worker))

    @contextmanager
    def held(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold the devices' locks."""
        with ExitStack() as stack:
            for lock in device_locks(self._devices, waiting, self._lock_folder):
                stack.enter_context(lock)
            yield

    @contextmanager
    def place(self, cancelled: threading.Event) -> Iterator[LocalPlace]:
        """The device that has been free the longest; there always is one, for as many threads as there are places."""
        place = self._free.get()
        try:
            yield place
        finally:
            self._free.put(place)
