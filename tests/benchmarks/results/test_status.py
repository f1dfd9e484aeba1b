"""`ganbench status`: every state a cell can be in."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.status import status_rows
from common.specs.cell import Cell


def states(run: Path) -> list[tuple[str, int]]:
    return [(row["status"], row["epoch"]) for row in status_rows(RunFolder(run))]


def test_states_from_to_do_to_finished(cells: list[Cell], make_record: Callable[..., Record], tmp_path: Path) -> None:
    RunFolder(tmp_path).open(cells)
    assert states(tmp_path) == [("to do", 0), ("to do", 0)]
    folder = RunFolder(tmp_path).of(cells[0])
    folder.create(cells[0])
    with folder.events_file.open("w") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        events.write('{"event": "epoch", "epoch": 1, "epochs": 2}\n{"event": "progress", "epoch": 2}\n{"event": "epo')
        events.flush()
        assert states(tmp_path)[0] == ("running", 1)
    assert states(tmp_path)[0] == ("interrupted", 1)
    failed = make_record(cell=cells[0], id=cells[0].id, status="failed", reason="It broke.")
    folder.save_record(failed)
    assert states(tmp_path)[0] == ("failed", 1)
    assert status_rows(RunFolder(tmp_path))[0]["reason"] == "It broke."
    folder.save_record(failed.model_copy(update={"status": "finished"}))
    assert states(tmp_path)[0] == ("finished", 2)
