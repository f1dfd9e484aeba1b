"""What the training loop costs over calling the torch engine bare: feeding, clocks, ticks, with nothing saved.

The bare engine runs twice: how far its two copies are apart is what the machine's noise allows to see.

Usage: python -m benchmarks.perf.loop [ROUNDS]
"""

from __future__ import annotations

import sys
import time

from benchmarks.perf.interleave import interleave, print_ratios
from benchmarks.perf.setting import print_protocol, setting, start
from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.epoch import EpochRunner
from benchmarks.training.feed import Feed


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    cell, shape, batches = setting("torch:eager")
    engine = build_engine(cell, shape)
    start(engine, cell)

    def bare() -> None:
        for batch in batches:
            engine.train_iteration(batch)
        engine.synchronize()
        engine.losses()

    dataset, _ = open_data(cell)
    runner = EpochRunner(engine, Feed.of(cell, dataset), lambda event: None)
    waits = []

    def looped() -> None:
        started = time.perf_counter()
        window = runner.run(0)
        waits.append(window.waited / (time.perf_counter() - started))

    print_protocol("The training loop against the bare engine", rounds, "torch")
    print_ratios(
        interleave({"bare engine": bare, "bare engine again": bare, "training loop": looped}, rounds),
        "bare engine",
        "an epoch",
    )
    print(f"\nThe loop waited for data {100 * sum(waits) / len(waits):.2f} % of the time.")


if __name__ == "__main__":
    main()
