"""A contender: one process with one engine, warm and ready, that runs iterations when the referee says so.

It obeys JSON lines on its standard input, and answers by JSON lines on its standard output:

    {"build": {"cell": ..., "slow_down": 0.0}}   -> {"event": "ready", start-up and compile seconds, ...}
    {"run": N, "splits": K}                      -> {"event": "lap", wall and CPU seconds of N iterations, ...}
    {"quit": true}, or the end of its input      -> it ends

Between commands it waits for input and does nothing; when the referee is killed its input ends, and so does it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine.environment import peak_process_bytes
from benchmarks.machine.events import Emitter, report
from benchmarks.machine.foreign import foreign_use
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from common.engine import Batch, Engine, Stopwatch
from common.flops.count import count_flops
from common.specs.cell import Cell

_MOST_BATCHES = 64
_MOST_BYTES = 64 * 2**20


class Bench:
    """An engine with its weights loaded, and a cycle of ready batches.

    Args:
        engine: ready to train.
        batches: taken in turn, again and again: what a race times is the engine, not the making of batches.
        slow_down: for a control: this share of every window's time is burnt on top, under the same clock.
    """

    def __init__(self, engine: Engine, batches: Iterable[Batch], slow_down: float = 0.0) -> None:
        self._engine, self._batches, self._slow_down = engine, itertools.cycle(batches), slow_down

    def first(self) -> float:
        """Run the first iteration, which compiles all graphs; returns its seconds."""
        started = time.perf_counter()
        self._iterate(1)
        return time.perf_counter() - started

    def lap(self, iterations: int, splits: int = 1) -> dict[str, Any]:
        """Run `iterations` from a device at rest to a device at rest; returns the fields of racer.Lap.

        On an accelerator there is one split, whatever is asked for: each would wait for the device, and cores that are
        busy elsewhere matter less there.
        """
        self._engine.synchronize()
        if self._engine.device_report().device != "cpu":
            splits = 1
        parts = [self._split(count) for count in _parts(iterations, splits)]
        # fetched outside the clock: a training fetches its losses every two seconds, at its own expense
        finite = all(np.isfinite(values).all() for values in self._engine.losses().values())
        return {
            "iterations": iterations,
            "seconds": sum(part["seconds"] for part, _ in parts),
            "cpu_seconds": sum(cpu for _, cpu in parts),
            "splits": [part for part, _ in parts],
            "finite": finite,
            "peak_process_bytes": peak_process_bytes(),
            "peak_device_bytes": self._engine.device_report().peak_device_bytes,
        }

    def _split(self, iterations: int) -> tuple[dict[str, Any], float]:
        """The fields of a Split, and the CPU seconds of it."""
        with foreign_use() as use:
            watch = self._engine.stopwatch()
            started = time.perf_counter()
            self._iterate(iterations, watch)
            if self._slow_down:
                end = time.perf_counter() + self._slow_down * (time.perf_counter() - started)
                while time.perf_counter() < end:
                    pass
        part = {
            "iterations": iterations,
            "seconds": use.seconds,
            "device_seconds": watch.seconds() if watch else None,
            "foreign_seconds": use.foreign,
            "stolen_seconds": use.stolen,
        }
        return part, use.own

    def _iterate(self, iterations: int, watch: Stopwatch | None = None) -> None:
        for batch in itertools.islice(self._batches, iterations):
            self._engine.train_iteration(batch)
        if watch is not None:
            watch.stop()
        self._engine.synchronize()


def _parts(whole: int, count: int) -> list[int]:
    """`whole` in at most `count` parts, none empty, that differ by one at most."""
    count = max(1, min(count, whole))
    return [whole // count + (index < whole % count) for index in range(count)]


def build(order: dict[str, Any], arguments: argparse.Namespace) -> tuple[Bench, dict[str, Any]]:
    """The bench for an order, and the fields of its "ready" event.

    A network that grows is timed in its last phase, as its epochs are.

    Raises:
        GanbenchError: the data set or the framework cannot be used.
    """
    from benchmarks.training.feed import Feed
    from common.initial_weights import initial_weights

    cell = Cell.model_validate(order["cell"])
    dataset, shape = open_data(cell, arguments.data_dir, arguments.cache_dir)
    engine = build_engine(cell, shape, arguments.threads)
    startup_seconds = time.monotonic() - arguments.launched_at
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization))
    feed = Feed.of(cell, dataset)
    last = feed.plans[-1]
    if last.phase != cell.phases()[0]:
        engine.begin_phase(last.phase)
    bench = Bench(engine, list(_some(feed.epoch(len(feed.plans) - 1))), order.get("slow_down", 0.0))
    compile_seconds = bench.first()
    proof, flops = engine.device_report(), count_flops(cell.model, shape, last.phase)
    return bench, {
        "startup_seconds": startup_seconds,
        "compile_seconds": compile_seconds,
        "images_per_iteration": last.images_per_iteration,
        "iteration_flops": flops.iteration if flops else None,
        "device": proof.device,
        "used": proof.used,
        "threads": proof.threads,
        "notes": proof.notes,
    }


def _some(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The first batches of an epoch, as many as fit into little memory, at least one."""
    held = 0
    for batch in itertools.islice(batches, _MOST_BATCHES):
        yield batch
        held += batch.images.nbytes + batch.latents.nbytes
        if held > _MOST_BYTES:
            return


def obey(arguments: argparse.Namespace, emit: Emitter) -> int:
    """Carry out the commands on standard input until they end."""
    bench: Bench | None = None
    for line in sys.stdin:
        command = json.loads(line)
        if "build" in command:
            bench, ready = build(command["build"], arguments)
            emit({"event": "ready", **ready})
        elif "run" in command and bench is not None:
            emit({"event": "lap", **bench.lap(command["run"], command["splits"])})
        else:
            break
    return 0


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The contender's command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.racing.contender", description="Races one cell.")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    parser.add_argument("--threads", type=int, help="CPU threads of the framework; its own choice by default")
    parser.add_argument("--launched-at", type=float, default=time.monotonic(), help="the clock when it was launched")
    return parser.parse_args(argv)


def main() -> int:
    """Run the contender; the exit code."""
    arguments = parse_arguments()
    return report(lambda emit: obey(arguments, emit))


if __name__ == "__main__":
    sys.exit(main())
