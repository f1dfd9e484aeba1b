"""`ganbench status`: how far each cell of a run is, from the files in its folder."""

from __future__ import annotations

import json

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.rows import Row, cell_row
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.wording import brief


def status_rows(run: RunFolder) -> list[Row]:
    """One row per cell, in the matrix' order: model, dataset, engine, execution, seed, status, epoch, epochs, reason.

    Raises:
        BadInput: `run` is not a run folder.
    """
    rows = []
    for cell in run.cells():
        folder = run.of(cell)
        state, reason = _state(folder)
        epochs = sum(phase.epochs for phase in cell.phases())
        rows.append(
            {
                **cell_row(cell),
                "status": state,
                "epoch": epochs if state == "finished" else _last_epoch(folder),
                "epochs": epochs,
                "reason": reason,
            }
        )
    return rows


def _state(folder: CellFolder) -> tuple[str, str | None]:
    if folder.is_busy():
        return "running", None
    record = folder.record()
    if record is not None:
        return record.status, brief(record.reason or record.metrics_reason)
    return ("interrupted", None) if folder.events_file.exists() else ("to do", None)


def _last_epoch(folder: CellFolder) -> int:
    """The last epoch whose end the worker reported; 0 if none."""
    last = 0
    if not folder.events_file.is_file():
        return last
    with folder.events_file.open(encoding="utf-8", errors="replace") as events:
        for line in events:
            event = _parse(line) if '"epoch"' in line else {}
            if event.get("event") == "epoch" and isinstance(event.get("epoch"), int):
                last = event["epoch"]
    return last


def _parse(line: str) -> Row:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):  # the last line of a killed process, or none of ours
        return {}
    return event if isinstance(event, dict) else {}
