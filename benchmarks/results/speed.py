"""Speed from a record's clocks: whole-epoch seconds and images per second, without start-up and compilation."""

from __future__ import annotations

from benchmarks.results.records import Epoch, Record
from benchmarks.results.statistics import median


def epoch_seconds(record: Record) -> list[float]:
    """Seconds each epoch's training takes; an epoch that was timed only in part is scaled to its full length.

    Of networks that grow only the last phase counts: earlier ones train smaller networks on smaller images.

    Empty if the record has no clocks. Sampling, checkpoints, start-up and compilation are other accounts.
    """
    if record.clocks is None or not record.iterations_per_epoch:
        return []
    return [
        epoch.train_seconds * record.iterations_per_epoch / epoch.timed_iterations
        for epoch in record.clocks.epochs
        if epoch.timed_iterations > 0 and _is_final_phase(epoch, record.clocks.epochs[-1])
    ]


def _is_final_phase(epoch: Epoch, last: Epoch) -> bool:
    return (epoch.resolution, epoch.fading) == (last.resolution, last.fading)


def images_per_second(record: Record) -> float | None:
    """Real images seen per second in the median epoch, or None without clocks."""
    seconds = epoch_seconds(record)
    if not seconds or not record.iterations_per_epoch or not record.images_per_iteration:
        return None
    return record.iterations_per_epoch * record.images_per_iteration / median(seconds)


def peak_memory(record: Record) -> int | None:
    """Peak bytes of what the training filled: the accelerator's memory, or the process on the CPU."""
    if record.hardware is None:
        return None
    return record.hardware.peak_device_bytes or record.hardware.peak_process_bytes


def is_baseline(record: Record) -> bool:
    """Whether others of its model, data set and seed are compared with this record: torch, not compiled."""
    return record.cell.engine == "torch" and record.cell.execution == "eager"


def twin_key(record: Record) -> str:
    """Equal for records whose trainings differ in nothing but engine and execution."""
    return record.cell.model_copy(update={"engine": "", "execution": "eager"}).model_dump_json(exclude={"judge"})


def baselines(records: list[Record]) -> dict[str, Record]:
    """The finished baseline of each group of twins, by `twin_key`."""
    return {twin_key(record): record for record in records if is_baseline(record) and record.status == "finished"}


def ratio_to_baseline(record: Record, known: dict[str, Record]) -> float | None:
    """Median epoch seconds over the baseline's; below 1 is faster. None if either has no clocks."""
    base = known.get(twin_key(record))
    mine, other = epoch_seconds(record), epoch_seconds(base) if base else []
    return median(mine) / median(other) if mine and other else None
