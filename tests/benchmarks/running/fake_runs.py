"""Runs of fake workers and scorers, and a view that remembers what it was shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine.events import Event
from benchmarks.results.records import Proof
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.attempts import USUAL, Policy
from benchmarks.running.executor import Executor, LocalExecutor
from benchmarks.running.runner import Outcome, run_cells
from common.specs.cell import Cell

HERE = Path(__file__).parent


class Commands(NamedTuple):
    """How a fake worker and the fake scorer are started."""

    worker: Callable[[Cell, Path, Path], list[str]]
    scorer: list[str]


class Log:
    """A view that remembers."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.events: dict[int, list[str]] = {}
        self.ended: list[tuple[int, str, bool]] = []
        self.notes: list[str] = []

    def cell_begins(self, number: int, cell: Cell) -> None:
        self.begun.append(number)

    def event(self, number: int, event: Event) -> None:
        self.events.setdefault(number, []).append(event["event"])

    def cell_ends(self, number: int, outcome: Outcome) -> None:
        self.ended.append((number, outcome.record.status, outcome.skipped))

    def note(self, text: str) -> None:
        self.notes.append(text)


def commands(worker: str | Callable[[Path], str] = "well", scorer: str = "well") -> Commands:
    def behaviour(folder: Path) -> str:
        return worker if isinstance(worker, str) else worker(folder)

    return Commands(
        lambda cell, folder, hold: [
            sys.executable,
            str(HERE / "fake_worker.py"),
            str(folder),
            behaviour(folder),
            str(hold),
        ],
        [sys.executable, str(HERE / "fake_scorer.py"), scorer],
    )


def run(
    cells: list[Cell],
    out: Path,
    given: Commands,
    log: Log | None = None,
    jobs: int = 1,
    policy: Policy = USUAL,
    executor: Executor | None = None,
    proofs: dict[str, Proof] | None = None,
) -> list[Outcome]:
    """Run `cells`, by default on this machine's processor."""
    local = LocalExecutor(given.worker, jobs=jobs, timed=jobs == 1, lock_folder=out.parent)
    return run_cells(cells, RunFolder(out), executor or local, given.scorer, log or Log(), policy, proofs)
