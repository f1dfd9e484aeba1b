"""Timing two or more ways of doing the same work in one process, interleaved so that drift hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Timing(NamedTuple):
    """Seconds of each round of one contender, and its name."""

    name: str
    seconds: list[float]

    @property
    def median(self) -> float:
        """The median round, in seconds."""
        return statistics.median(self.seconds)


def interleave(contenders: Mapping[str, Callable[[], None]], rounds: int) -> list[Timing]:
    """Run every contender once unmeasured, then `rounds` times in alternating order (A B, B A, A B, ...)."""
    for work in contenders.values():
        work()
    timings = {name: Timing(name, []) for name in contenders}
    for index in range(rounds):
        order = list(contenders) if index % 2 == 0 else list(contenders)[::-1]
        for name in order:
            started = time.perf_counter()
            contenders[name]()
            timings[name].seconds.append(time.perf_counter() - started)
    return list(timings.values())


def print_ratios(timings: list[Timing], reference: str, unit: str) -> None:
    """One line a contender: median, quartiles, and the median of the round-by-round ratios to `reference`."""
    base = next(timing for timing in timings if timing.name == reference)
    print(f"{'contender':44s} {'median':>9s} {'quartiles':>19s}   {reference} takes")
    for timing in timings:
        low, _, high = statistics.quantiles(timing.seconds, n=4)
        ratio = statistics.median(b / t for b, t in zip(base.seconds, timing.seconds, strict=True))
        print(f"{timing.name:44s} {timing.median:8.3f}s {low:8.3f}s-{high:8.3f}s   {ratio:.3f} times as long ({unit})")
