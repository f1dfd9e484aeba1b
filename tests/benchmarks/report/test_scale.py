"""Large runs: the time of a report grows with the number of cells and no faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report.build import build_report
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder


def save(folder: Path, make: Callable[..., Record], seeds: int) -> None:
    """Two models on two engines with so many seeds each, losses as long as those of a real training."""
    losses = {name: [0.5 + 0.001 * i for i in range(600)] for name in ("discriminator", "generator")}
    records = []
    for engine in ("torch", "keras-tf"):
        made = make(engine, scores={"fid": 12.5, "precision": 0.5, "recall": 0.5}, losses=losses)
        for model in ("dcgan", "lsgan"):
            for seed in range(seeds):
                named = made.cell.model.model_copy(update={"name": model})
                cell = made.cell.model_copy(update={"seed": seed, "model": named})
                records.append(made.model_copy(update={"cell": cell, "id": cell.id}))
    run = RunFolder(folder)
    run.open([record.cell for record in records])
    for record in records:
        run.of(record.cell).save_record(record)


def test_the_time_of_a_report_is_linear_in_its_cells(tmp_path: Path, make_record: Callable[..., Record]) -> None:
    seconds = {}
    for seeds in (5, 10, 40):  # the first one also pays for what is imported
        save(tmp_path / str(seeds), make_record, seeds)
        begin = time.process_time()
        build_report([RunFolder(tmp_path / str(seeds))], tmp_path / f"report-{seeds}")
        seconds[seeds] = time.process_time() - begin
    assert seconds[40] < 4 * seconds[10] + 1.0
    assert seconds[40] < 160 * 60 / 1000
