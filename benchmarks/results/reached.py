"""Time to quality: after how many seconds of training a score is good enough, as far as the scored epochs tell.

Seconds are of whole epochs, as in `speed`: training alone, without start-up, compilation, sampling and checkpoints.
What is reached between two looks counts from the second one.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.results.records import Record
from benchmarks.results.speed import seconds_until


def reached_epoch(record: Record, name: str, threshold: float) -> int | None:
    """The first scored epoch at which score `name` is at `threshold` or better; None if there is none."""
    higher = record.metrics[name].higher_is_better
    for each in record.history:
        value = each.scores.get(name)
        if value is not None and (value >= threshold if higher else value <= threshold):
            return each.epoch
    return None


def time_to_quality(record: Record, name: str, threshold: float) -> float | None:
    """Seconds until `reached_epoch`; None if it is never reached, or its epochs were not timed."""
    epoch = reached_epoch(record, name, threshold)
    return None if epoch is None else seconds_until(record, epoch)


def lacking(label: str, seconds: Sequence[float | None]) -> str | None:
    """How often a contender has no time to quality: "torch eager in 1 of 3"; None if it always has one."""
    never = sum(each is None for each in seconds)
    return f"{label} in {never} of {len(seconds)}" if never else None
