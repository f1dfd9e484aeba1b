"""The supervisor: what runs on a machine that trains cells for another one. It knows nothing of what brought it there.

It starts the same worker as a run on one machine does, with the same arguments and its engine's own interpreter, and
hands on what the worker says and leaves behind.
"""

from __future__ import annotations

import hashlib
import os
import queue
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cluster.parcels import DataParcel, Piece, has_data, pieces, unpack_data
from benchmarks.machine.child import ChildEnd
from benchmarks.machine.events import Event
from benchmarks.machine.locks import device_lock
from benchmarks.results.cell_folder import CellFolder
from benchmarks.running.commands import RunOptions
from benchmarks.running.executor import Job, LocalPlace
from common.data.cache import Entry
from common.errors import GanbenchError
from common.specs.cell import Cell

# what a supervisor hands on: the worker's events, files that it left, and at last how it ended
Item = Event | Piece | ChildEnd
_WAITING_ITEMS = 8  # so that files do not pile up in memory before they are sent
_PATIENCE_SECONDS = 8.0  # a worker that is told to end has five


@dataclass(frozen=True)
class Order:
    """A cell to be trained.

    Attributes:
        cell: what.
        run: the run's folder on the machine that gives the order.
        folder: the cell's, within it.
        shared: whether that folder is there on this machine, too: then everything is left in it, and nothing sent.
        options: of the worker.
        device: "cpu" or "cuda:<index>" among those that this process was given.
        timeout: seconds that the worker has.
    """

    cell: Cell
    run: Path
    folder: Path
    shared: bool
    options: RunOptions
    device: str
    timeout: float | None = None


class Supervisor:
    """Trains one cell at a time.

    Args:
        variables: environment variables of the machine that gives orders, for workers; None: not set there.
    """

    def __init__(self, variables: Mapping[str, str | None]) -> None:
        self._variables = variables
        self._cancelled = threading.Event()
        self._work_thread: threading.Thread | None = None
        self._locks = ExitStack()  # never left: the system frees them with this process
        self._locked: set[str] = set()

    def host(self) -> str:
        """The name of this machine."""
        return socket.gethostname()

    def sees(self, token: Path) -> bool:
        """Whether a file of the other machine is there on this one, too."""
        return token.is_file()

    def has_data(self, entry: Entry, cache_dir: Path | None) -> bool:
        """See `benchmarks.cluster.parcels.has_data`."""
        return has_data(entry, cache_dir)

    def take_data(self, parcel: DataParcel, cache_dir: Path | None) -> None:
        """See `benchmarks.cluster.parcels.unpack_data`."""
        unpack_data(parcel, cache_dir)

    def stop(self) -> None:
        """End the worker that runs, if any, and wait until it has ended."""
        self._cancelled.set()
        if self._work_thread is not None:
            self._work_thread.join(_PATIENCE_SECONDS)

    def run(self, order: Order) -> Iterator[Item]:
        """Train a cell: what its worker says, as it comes, then the files that it left, then how it ended."""
        items: queue.Queue[Item | BaseException | None] = queue.Queue(_WAITING_ITEMS)
        self._work_thread = threading.Thread(target=self._work, args=(order, items), daemon=True)
        self._work_thread.start()
        while (item := items.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _work(self, order: Order, items: queue.Queue[Item | BaseException | None]) -> None:
        try:
            self._train(order, items)
        except GanbenchError as error:
            items.put(ChildEnd(error.exit_code, {"event": "failed", "reason": str(error)}))
        except CancelledError:
            pass
        except BaseException as error:
            items.put(error)
        items.put(None)

    def _set_variables(self) -> None:
        """To be done before every worker: Ray sets some of them again for every call."""
        for name, value in self._variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def _train(self, order: Order, items: queue.Queue[Item | BaseException | None]) -> None:
        self._set_variables()
        folder = CellFolder((order.run if order.shared else _scratch(order.run)) / order.folder)
        folder.create(order.cell)
        if not order.options.untimed:
            self._lock(order.device)
        begin = folder.stderr_file.stat().st_size if folder.stderr_file.exists() else 0
        with tempfile.NamedTemporaryFile(prefix="ganbench-hold-") as hold:  # nobody locks it: scores are made elsewhere
            place = LocalPlace(order.device, order.options.worker)
            job = Job(order.cell, folder, Path(hold.name), items.put, self._cancelled, order.timeout)
            end = place.run(job)
        if not order.shared:
            for piece in pieces(folder, begin):
                items.put(piece)
            if folder.result_file.is_file():  # everything else may be of use to another attempt
                shutil.rmtree(folder.path)
        items.put(end)

    def _lock(self, device: str) -> None:
        """Have the device alone for as long as this process lives."""
        if device not in self._locked:
            self._locks.enter_context(device_lock(device, lambda: None))
            self._locked.add(device)


def _scratch(run: Path) -> Path:
    """Where cells of a run of another machine are trained on this one: the same for every attempt."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    digest = hashlib.sha256(str(run).encode(errors="surrogateescape")).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ganbench-{user}" / f"{run.name}-{digest}"
