"""Clocks: the monotonic clock in separate accounts, and the window over which an epoch is timed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Accounts:
    """Seconds by account name. An account grows by the time spent in its `charge` blocks; accounts never overlap."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def charge(self, account: str) -> Iterator[None]:
        """Add the time the block takes to `account`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[account] += time.perf_counter() - started

    def take(self, account: str) -> float:
        """The seconds of `account`, which starts anew."""
        return self.seconds.pop(account, 0.0)


class Ticker:
    """Says when at least `interval` seconds have passed since it last said so."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._last = time.perf_counter()

    def due(self) -> bool:
        """Whether the interval has passed; if so it starts anew."""
        now = time.perf_counter()
        if now - self._last < self._interval:
            return False
        self._last = now
        return True
