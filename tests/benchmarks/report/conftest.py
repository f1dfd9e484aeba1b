"""A run folder with records and progress samples, as the runner leaves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder

SaveRun = Callable[[Path, list[Record]], None]


@pytest.fixture
def save_run() -> SaveRun:
    def save(run: Path, records: list[Record], epochs: int = 3, size: int = 8) -> None:
        """Write `records` and random grey progress samples of epochs 0..`epochs` below `run`."""
        RunFolder(run).open([record.cell for record in records])
        draws = np.random.default_rng(0)
        for record in records:
            folder = RunFolder(run).of(record.cell)
            folder.create(record.cell)
            folder.save_record(record)
            (folder.path / "progress").mkdir()
            for epoch in range(epochs + 1):
                samples = draws.integers(0, 256, (64, size, size, 1), dtype=np.uint8)
                np.save(folder.path / "progress" / f"epoch_{epoch:04d}.npy", samples)

    return save
