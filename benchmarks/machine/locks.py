"""Locks: one per device, so that two runs of one user never time cells on the same device at once; and one that holds
back what is to be timed until other work is done."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from benchmarks.machine.gpu import find_gpu


@contextmanager
def device_lock(device: str, waiting: Callable[[], None], folder: Path | None = None) -> Iterator[None]:
    """Hold the lock of `device` ("cpu", "cuda:0") for the block; the system frees it even if the process is killed.

    Args:
        device: what is to be used alone.
        waiting: called once if another process holds the lock, before waiting for it.
        folder: where the lock file lies; the system's temporary folder by default. The file's name holds the user's
            number, since one user may not open another's files there.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    name = f"ganbench-{user}-{_physical(device)}.lock"
    lock = FileLock((folder or Path(tempfile.gettempdir())) / name)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        while not lock.is_locked:
            try:
                lock.acquire(timeout=0)
            except Timeout:
                time.sleep(0.2)
    try:
        yield
    finally:
        lock.release()


def device_locks(
    devices: Iterable[str], waiting: Callable[[], None], folder: Path | None = None
) -> list[AbstractContextManager[None]]:
    """The locks of several devices, see `device_lock`, in the order in which everybody takes them: two runs that want
    the same ones never wait for each other."""
    return [device_lock(device, waiting, folder) for device in sorted(devices, key=_physical)]


def _physical(device: str) -> str:
    """The device's own name: a GPU's number depends on what a process may see, its UUID does not."""
    gpu = find_gpu(device)
    return gpu.identity().uuid if gpu else device.replace(":", "-")


class WorkToDo:
    """Pieces of work, counted; while there are any, `wait_for_quiet` of the same file waits, in whatever process.

    The system forgets them with the process that counted them.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")
        self._count = 0
        self._change = threading.Lock()

    def __enter__(self) -> WorkToDo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self) -> None:
        """There is one more."""
        with self._change:
            self._count += 1
            if self._count == 1:
                fcntl.flock(self._file, fcntl.LOCK_EX)

    def done(self) -> None:
        """One is done."""
        with self._change:
            self._count -= 1
            if self._count == 0:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def wait_for_quiet(path: Path) -> None:
    """Return when no work is left that a `WorkToDo` of `path` counts."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
