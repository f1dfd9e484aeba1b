"""Timing one product: windows of equal length, from a device at rest to a device at rest."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_WINDOWS = 5
# of the time that the windows of one size shall take together: short enough for many of them, long beside a clock
_WINDOW_SHARE = 0.1
# a size that is this much slower than it should be is given up after its first window
_MOST_OVERTIME = 3.0


def time_windows(
    work: Callable[[], object],
    synchronize: Callable[[], None],
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Calls of `work` per second, window by window.

    Args:
        work: enqueues one product.
        synchronize: waits until the device has computed all of them.
        seconds: what the windows shall take together, about; at least five are taken, unless they take three times as
            long as that.
        clock: seconds.
    """

    def window(calls: int) -> float:
        synchronize()
        started = clock()
        for _ in range(calls):
            work()
        synchronize()
        return max(clock() - started, 1e-9)

    window(1)  # chooses kernels and fetches memory
    calls = 1
    while (took := window(calls)) < 0.5 * seconds * _WINDOW_SHARE:
        calls = max(2 * calls, min(16 * calls, round(calls * seconds * _WINDOW_SHARE / took)))
    rates, begun = [calls / took], clock()
    while (spent := clock() - begun) < seconds or len(rates) < LEAST_WINDOWS:
        if spent > _MOST_OVERTIME * seconds:
            break
        rates.append(calls / window(calls))
    return rates
