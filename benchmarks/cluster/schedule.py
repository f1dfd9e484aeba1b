"""Schedules: pieces of work on places of which each does one at a time, simulated."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """How long it takes, in seconds.

    Attributes:
        length: from the first piece to the end of the last one.
        work: of all pieces together.
        critical: of the longest piece: no number of places takes less.
        places: how many there are.
    """

    length: float
    work: float
    critical: float
    places: int

    @property
    def idle_share(self) -> float:
        """Which share of the places' time nothing is done in; 0 of an empty schedule."""
        return 1.0 - self.work / (self.length * self.places) if self.length else 0.0


def simulate(pieces: Sequence[float], places: int) -> Schedule:
    """Each piece, in order, goes to the place that is free first, as a run deals its cells.

    Args:
        pieces: seconds of each.
        places: 1 or more.
    """
    free = [0.0] * places
    ends = [0.0]
    for seconds in pieces:
        ends.append(heapq.heappop(free) + seconds)
        heapq.heappush(free, ends[-1])
    return Schedule(max(ends), sum(pieces), max(pieces, default=0.0), places)
