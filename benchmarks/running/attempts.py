"""Attempts at a training: worker after worker until one leaves a result, or ends in a way another would repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.machine.child import ChildEnd
from benchmarks.machine.memory import oom_kills
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record, WorkerResult
from benchmarks.results.wording import brief
from benchmarks.running.recording import unfinished
from common.specs.cell import Cell


@dataclass(frozen=True)
class Policy:
    """What is done about trainings that take long or crash, and what is kept of those that ended well.

    Attributes:
        seconds: that a worker has, start-up and waiting included; None: any time.
        retries: how many further workers may go on where one has crashed.
        keep_checkpoints: keep them although the training is finished.
    """

    seconds: float | None = None
    retries: int = 0
    keep_checkpoints: bool = False


USUAL = Policy()


@dataclass(frozen=True)
class Trained:
    """What the last worker measured, and how those before it crashed."""

    result: WorkerResult
    crashes: list[str] = field(default_factory=list)


def train(
    cell: Cell, folder: CellFolder, launch: Callable[[], ChildEnd], policy: Policy, crashed: Callable[[str], None]
) -> Trained | Record:
    """Train the cell of `folder`; its result, or the record of how it ended without.

    Only a crash is worth another worker, which goes on from the last checkpoint: what diverged, asked for too much
    memory or said what is wrong would do so again, and one that had its time would take as long.

    Args:
        cell: what is trained.
        folder: its folder; one with a result needs no worker.
        launch: runs a worker to its end.
        policy: how long a worker takes at most, and how many there are.
        crashed: told why a worker crashed before another is launched.
    """
    if (known := folder.result()) is not None:
        return Trained(known)
    crashes: list[str] = []
    while True:
        killed_before = oom_kills()
        end = launch()
        if end.code == 0 and (result := folder.result()) is not None:
            return Trained(result, crashes)
        starved = killed_before is not None and killed_before < (oom_kills() or 0)
        record = unfinished(cell, end, folder.until_divergence(), policy.seconds, starved)
        if not end.crashed or record.status != "failed" or len(crashes) == policy.retries:
            return record.model_copy(update={"crashes": crashes})
        crashes.append(brief(record.reason) or "")
        crashed(crashes[-1])
