"""One lock per device, so that two runs of one user never time cells on the same device at once."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


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
    name = f"ganbench-{user}-{device.replace(':', '-')}.lock"
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
