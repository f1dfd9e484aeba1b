"""Time to quality: after how many seconds of training a score is good enough, as far as the scored epochs tell.

Seconds are of whole epochs, as in `speed`: training alone, without start-up, compilation, sampling and checkpoints.
What is reached between two looks counts from the second one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


def why_blank(trainings: Mapping[str, Sequence[Record]], name: str, threshold: float) -> str | None:
    """Why contenders, by name, have no time to quality to compare: "never: torch eager in 1 of 3", or "not timed"; None
    if all of their trainings have one."""
    never = []
    for label, records in trainings.items():
        missed = sum(reached_epoch(record, name, threshold) is None for record in records)
        never += [f"{label} in {missed} of {len(records)}"] if missed else []
    if never:
        return f"never: {', '.join(never)}"
    every = [time_to_quality(record, name, threshold) for records in trainings.values() for record in records]
    return "not timed" if None in every else None
