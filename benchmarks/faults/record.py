"""What a fault suite did and found: every kill, and how each run that was killed ended."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from benchmarks.results.records import Environment, RecordPart, read_part
from common.files import write_text


class Kill(RecordPart):
    """One kill: of whom (worker, scorer, reporter, run, all), while which cell (None: none in particular) was in which
    phase; `orphans` of the processes that were left alone did not end by themselves."""

    victim: str
    phase: str
    cell: str | None
    orphans: int = 0


class Pass(RecordPart):
    """One run from nothing to its end: what was killed, how many trainings had to be resumed, and in what it differs
    from the run that nothing happened to (nothing, if all is well)."""

    kills: list[Kill]
    cells: int
    resumed: int
    differences: list[str]


class FaultRecord(RecordPart):
    """faults.json: all passes of a suite."""

    environment: Environment
    passes: list[Pass] = Field(default_factory=list)

    @property
    def kills(self) -> list[Kill]:
        """Those of all passes."""
        return [kill for each in self.passes for kill in each.kills]

    @property
    def good(self) -> bool:
        """Whether every run ended like the one that nothing happened to, and nobody was left behind."""
        return not any(each.differences for each in self.passes) and not any(kill.orphans for kill in self.kills)


def load_faults(path: Path) -> FaultRecord | None:
    """The record in `path`; None if there is none of this version."""
    return read_part(path, FaultRecord)


def save_faults(path: Path, record: FaultRecord) -> None:
    """Write it, atomically."""
    write_text(path, record.model_dump_json(indent=1) + "\n")
