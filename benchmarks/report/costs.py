"""What a training costs, in tables: times, images per second, memory; times are medians over all timed epochs."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report.groups import Group
from benchmarks.report.table import Column, Content, Value, fixed
from benchmarks.results.speed import epoch_seconds, images_per_second, peak_memory
from benchmarks.results.statistics import median, quartiles, summarize_ratios

Cost = Callable[[Group], Content]


def epoch_cell(group: Group) -> Content:
    """The median over all timed epochs of its seeds, in seconds; blank where none was timed."""
    seconds = [value for record in group.records for value in epoch_seconds(record)]
    return (Value(median(seconds) if seconds else None),)


def _quartiles(group: Group) -> Content:
    seconds = [value for record in group.records for value in epoch_seconds(record)]
    low, high = quartiles(seconds) if seconds else (None, None)
    return Value(low), Value(high)


def _rate(group: Group) -> Content:
    rates = [rate for record in group.records if (rate := images_per_second(record)) is not None]
    return (Value(median(rates) if rates else None, form=fixed(0)),)


def _ratio(group: Group) -> Content:
    if not group.ratios:
        return (Value(None),)
    summary = summarize_ratios(group.ratios)
    return (Value(summary.mean, summary.low, summary.high, fixed(2)),)


def _memory(group: Group) -> Content:
    peaks = [peak for record in group.records if (peak := peak_memory(record))]
    return (Value(max(peaks) / 2**20 if peaks else None, form=fixed(0)),)


def _clock(name: str) -> Cost:
    def cost(group: Group) -> Content:
        clocks = [record.training.clocks for record in group.records if record.training]
        seconds = [getattr(each, name) for each in clocks if each is not None]
        return (Value(median(seconds) if seconds else None, form=fixed(1)),)

    return cost


def _parameters(group: Group) -> Content:
    known = [record.training.parameters for record in group.records if record.training]
    total = sum(known[0].values()) if known else 0
    return (Value(total or None, form=fixed(0)),)


# what is shown first, and what stands behind
MAIN_COSTS: list[tuple[Column, Cost]] = [
    (Column("epoch s", ("epoch seconds (median)",), "epoch\ns"), epoch_cell),
    (Column("images/s", ("images per second",), "images\n/s"), _rate),
    (Column("time / torch's", ("time ratio to torch",), "time /\ntorch's"), _ratio),
    (Column("peak MB", ("peak memory MB",), "peak\nMB"), _memory),
]
MORE_COSTS: list[tuple[Column, Cost]] = [
    (Column("epoch s, quartiles", ("epoch seconds, first quartile", "epoch seconds, third quartile")), _quartiles),
    (Column("start-up s", ("start-up seconds",)), _clock("startup_seconds")),
    (Column("compile s", ("compile seconds",)), _clock("compile_seconds")),
    (Column("last sampling s", ("last sampling seconds",)), _clock("final_sampling_seconds")),
    (Column("parameters", ("parameters",)), _parameters),
]
