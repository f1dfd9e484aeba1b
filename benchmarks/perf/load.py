"""How large runs may grow: what status, report and compare take on made records, and what the runner adds to a cell.

Usage: python -m benchmarks.perf.load records [--count N] [--folder DIR]
       python -m benchmarks.perf.load cells [--count N]

  records  write a run of N finished cells (10 models, 4 contenders, N / 40 seeds) whose records are as long as those of
           `quick`, then read it with each command in a process of its own: seconds, CPU seconds, peak resident memory
  cells    run N cells whose worker only leaves a result, with a scorer that only says what it scored: milliseconds a
           cell, beside those of starting the same processes without a runner
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine.events import Event
from benchmarks.perf.made_records import made_records
from benchmarks.results.records import Record, WorkerResult
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.executor import LocalExecutor
from benchmarks.running.runner import Outcome, run_cells
from common.specs.cell import Cell

COMMANDS = ("status", "report", "compare")


def save_run(folder: Path, count: int) -> RunFolder:
    """Write `count` made records as a run."""
    run, records = RunFolder(folder), made_records(count)
    run.open([record.cell for record in records])
    for record in records:
        cell = run.of(record.cell)
        cell.path.mkdir(parents=True, exist_ok=True)
        cell.record_file.write_text(record.model_dump_json() + "\n", encoding="utf-8")
    return run


def measure_records(folder: Path, count: int) -> None:
    """Print what each command takes on `count` records."""
    run = folder / f"run-{count}"
    if not (run / "matrix.json").exists():
        save_run(run, count)
    size = sum(file.stat().st_size for file in RunFolder(run).record_files())
    print(f"{count} records, {size / 1e6:.0f} MB")
    for command in COMMANDS:
        seconds, cpu_seconds, peak = measure([sys.executable, "-m", "benchmarks.cli.main", command, str(run)])
        print(f"{command:8} {seconds:6.2f} s, {cpu_seconds:6.2f} CPU s, {peak / 1e6:5.0f} MB")


def measure(command: list[str]) -> tuple[float, float, int]:
    """Seconds, CPU seconds and peak resident bytes of a command that has to end well."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure_cells(folder: Path, count: int) -> None:
    """Print what a cell costs in a run whose workers have nothing to do."""
    records, result = made_records(count), folder / "result.json"
    result.write_text(_result(records[0]), encoding="utf-8")
    scorer = [sys.executable, "-c", _SCORER]
    executor = LocalExecutor(lambda cell, path, hold: ["cp", str(result), str(path)], lock_folder=folder)
    begin, cpu = time.perf_counter(), time.process_time()
    run = RunFolder(folder / "run")
    run_cells([record.cell for record in records], run, executor, scorer, _Silent())
    seconds, own = time.perf_counter() - begin, time.process_time() - cpu
    begin = time.perf_counter()
    for _ in range(count):
        subprocess.run(["cp", str(result), str(folder / "copy.json")], check=True)
    bare = time.perf_counter() - begin
    each = 1000 / count
    print(f"{count} cells: {seconds * each:.1f} ms a cell, {own * each:.1f} ms of it the runner's CPU time")
    print(f"the processes alone: {bare * each:.1f} ms; beyond them {(seconds - bare) * each:.1f} ms a cell")


class _Silent:
    """A view that shows nothing."""

    def cell_begins(self, number: int, cell: Cell) -> None:
        """Nothing."""

    def event(self, number: int, event: Event) -> None:
        """Nothing."""

    def cell_ends(self, number: int, outcome: Outcome) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


# scores nothing and says so, without importing anything of ours
_SCORER = """
import json, pathlib, sys
for line in sys.stdin:
    folder = pathlib.Path(json.loads(line)["score"])
    (folder / "metrics.json").write_text('{"metrics": {}, "reason": "nothing was drawn"}')
    print('{"event": "scored"}', flush=True)
"""


def _result(record: Record) -> str:
    assert record.training is not None
    assert record.data is not None
    return WorkerResult(training=record.training, environment=record.environment, data=record.data).model_dump_json()


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("records", "cells"))
    parser.add_argument("--count", type=int, help="records [default: 10000] or cells [default: 1000]")
    parser.add_argument("--folder", type=Path, help="where runs are kept [default: a temporary one]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ganbench-load-") as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.what == "cells":
            measure_cells(folder, arguments.count or 1000)
        else:
            measure_records(folder, arguments.count or 10_000)


if __name__ == "__main__":
    main()
