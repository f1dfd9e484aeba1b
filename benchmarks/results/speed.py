"""Speed from a record's clocks: whole-epoch seconds and images per second, without start-up and compilation."""

from __future__ import annotations

from benchmarks.results.records import Clocks, Record
from benchmarks.results.statistics import median, summarize_ratios


def epoch_seconds(record: Record) -> list[float]:
    """Seconds each epoch's training takes; an epoch that was timed only in part is scaled to its full length.

    Of networks that grow only the last phase counts: earlier ones train smaller networks on smaller images.

    Empty if the record has no clocks. Sampling, checkpoints, start-up and compilation are other accounts.
    """
    if record.training is None or record.training.clocks is None:
        return []
    return _epoch_seconds(record.training.clocks, record.training.iterations_per_epoch)


def process_seconds(record: Record) -> list[float]:
    """Median epoch seconds of each process that trained the cell: the first, then its repeats; empty without clocks."""
    if record.training is None:
        return []
    clocks = [record.training.clocks, *(repeat.clocks for repeat in record.repeats)]
    every = [_epoch_seconds(each, record.training.iterations_per_epoch) for each in clocks if each is not None]
    return [median(seconds) for seconds in every if seconds]


def seconds_until(record: Record, epoch: int) -> float | None:
    """Seconds that training takes until the end of `epoch` (counted from 1), all phases together: epochs timed only in
    part scaled to their full length. Of repeated processes the geometric mean.

    Returns:
        None without clocks, or where an epoch's only iteration was its phase's first, which is not timed.
    """
    if record.training is None:
        return None
    sums = []
    for clocks in (record.training.clocks, *(repeat.clocks for repeat in record.repeats)):
        done = [each for each in clocks.epochs if each.epoch <= epoch] if clocks else []
        if not done or any(each.timed_iterations == 0 for each in done):
            return None
        usual = record.training.iterations_per_epoch
        sums.append(sum(each.train_seconds * (each.iterations or usual) / each.timed_iterations for each in done))
    return summarize_ratios(sums).mean


def _epoch_seconds(clocks: Clocks, iterations: int) -> list[float]:
    if not clocks.epochs:
        return []
    last = clocks.epochs[-1]
    return [
        epoch.train_seconds * iterations / epoch.timed_iterations
        for epoch in clocks.epochs
        if epoch.timed_iterations > 0 and epoch.resolution == last.resolution and epoch.fading == last.fading
    ]


def images_per_second(record: Record) -> float | None:
    """Real images seen per second in the median epoch, or None without clocks."""
    seconds = epoch_seconds(record)
    if not seconds or record.training is None:
        return None
    return record.training.iterations_per_epoch * record.training.images_per_iteration / median(seconds)


def peak_memory(record: Record) -> int | None:
    """Peak bytes of what the training filled: the accelerator's memory, or the process on the CPU."""
    if record.training is None:
        return None
    hardware = record.training.hardware
    return hardware.peak_device_bytes or hardware.peak_process_bytes
