"""`ganbench status`: every state a cell can be in."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from benchmarks.results.folders import cell_folder, open_run
from benchmarks.results.records import Record, save_record
from benchmarks.results.status import status_rows
from common.specs.cell import Cell


def states(run: Path) -> list[tuple[str, int]]:
    return [(row["status"], row["epoch"]) for row in status_rows(run)]


def test_states_from_to_do_to_finished(cells: list[Cell], make_record: Callable[..., Record], tmp_path: Path) -> None:
    open_run(tmp_path, cells)
    assert states(tmp_path) == [("to do", 0), ("to do", 0)]
    folder = cell_folder(tmp_path, cells[0])
    folder.create(cells[0])
    with folder.events_file.open("w") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        events.write('{"event": "epoch", "epoch": 1, "epochs": 2}\n{"event": "progress", "epoch": 2}\n{"event": "epo')
        events.flush()
        assert states(tmp_path)[0] == ("running", 1)
    assert states(tmp_path)[0] == ("interrupted", 1)
    failed = make_record(cell=cells[0], id=cells[0].id, status="failed", reason="It broke.")
    save_record(failed, folder.path)
    assert states(tmp_path)[0] == ("failed", 1)
    assert status_rows(tmp_path)[0]["reason"] == "It broke."
    save_record(failed.model_copy(update={"status": "finished"}), folder.path)
    assert states(tmp_path)[0] == ("finished", 2)
