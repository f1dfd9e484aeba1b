"""Batches out of a memory-mapped data set: gathered by index, ahead of time, in a background thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from common.data.raw import Pixels

T = TypeVar("T")


def gather(images: Pixels, indices: NDArray[np.integer]) -> Pixels:
    """Copy the images at `indices` into one new C-contiguous uint8 array (batch, height, width, channels).

    Raises:
        IndexError: an index is outside the data set.
    """
    return np.ascontiguousarray(np.asarray(images)[np.asarray(indices)])


class Prefetcher(Generic[T]):
    """Runs an iterable in a background thread, at most `depth` items ahead of the consumer.

    Use it as a context manager and iterate over it once::

        with Prefetcher(batches, depth=4) as feed:
            for batch in feed: ...
        feed.wait_seconds   # time the consumer stood waiting, in seconds

    Items come in order. An exception of the iterable is raised at the place of the item it prevented. Leaving the
    block, by whatever way, stops the thread and closes the iterable if it is a generator; an item being made is
    finished first.
    """

    def __init__(self, items: Iterable[T], depth: int = 4) -> None:
        if depth < 1:
            raise ValueError(f"depth must be at least 1, not {depth}")
        self.wait_seconds = 0.0
        self._items = items
        self._depth = depth
        self._ready: deque[T] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._finished = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, name="prefetch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            self._ready.clear()
            self._changed.notify_all()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._thread.ident is None:
            raise RuntimeError("a Prefetcher works only inside its `with` block")
        with self._changed:
            started = time.perf_counter()
            while not (self._ready or self._finished or self._stopped):
                self._changed.wait()
            self.wait_seconds += time.perf_counter() - started
            if self._ready:
                item = self._ready.popleft()
                self._changed.notify_all()
                return item
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            raise StopIteration

    def _produce(self) -> None:
        error: BaseException | None = None
        try:
            self._fill(iter(self._items))
        except BaseException as caught:  # handed to the consumer, whatever it is
            error = caught
        with self._changed:
            self._error = error
            self._finished = True
            self._changed.notify_all()

    def _fill(self, iterator: Iterator[T]) -> None:
        try:
            while self._wait_for_room():
                try:
                    item = next(iterator)
                except StopIteration:
                    return
                with self._changed:
                    self._ready.append(item)
                    self._changed.notify_all()
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    def _wait_for_room(self) -> bool:
        """Block while the buffer is full; False when the consumer has gone."""
        with self._changed:
            while len(self._ready) >= self._depth and not self._stopped:
                self._changed.wait()
            return not self._stopped
