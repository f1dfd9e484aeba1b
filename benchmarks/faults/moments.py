"""What a run is doing right now, from the files in its folder: which cell is in which phase."""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.machine.events import Event
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.run_folder import RunFolder
from common.specs.cell import Cell

TRAINING = ("starting", "training", "sampling", "scoring")
GROWING = ("starting", "training", "growing", "fading", "sampling", "scoring")
_TAIL = 4096


@dataclass(frozen=True)
class Moment:
    """`phase` of `cell` (an id), or of the whole run (None): "preparing" before its cells, "reporting" after them."""

    cell: str | None
    phase: str


def phases_of(cell: Cell) -> tuple[str, ...]:
    """The phases that the cell goes through, in their order."""
    return GROWING if len(cell.phases()) > 1 else TRAINING


def moments(run: RunFolder, cells: list[Cell]) -> set[Moment]:
    """What is going on: up to two cells, since one is scored while the next one starts; empty between two steps."""
    busy = {Moment(cell.id, _phase(cell, run.of(cell))) for cell in cells if run.of(cell).is_busy()}
    if busy:
        return busy
    begun = [run.of(cell).events_file.exists() for cell in cells]
    if not any(begun):
        return {Moment(None, "preparing")} if run.matrix_file.exists() else set()
    return {Moment(None, "reporting")} if all(run.of(cell).record_file.exists() for cell in cells) else set()


def _phase(cell: Cell, folder: CellFolder) -> str:
    """The phase of a cell on which somebody works; "starting" lasts until the first epoch of this process is over."""
    last = _last_event(folder)
    kind = last.get("event")
    if kind in ("sampling", "finished"):
        return {"sampling": "sampling", "finished": "scoring"}[kind]
    if kind not in ("progress", "epoch"):
        return "starting"
    of_epoch = [phase for phase in cell.phases() for _ in range(phase.epochs)]
    now = int(last["epoch"]) - (kind == "progress")  # counted from 0
    if now >= len(of_epoch):
        return "sampling"
    if of_epoch[now].resolution != of_epoch[max(0, now - 1)].resolution:
        return "growing"
    return "fading" if of_epoch[now].fading else "training"


def _last_event(folder: CellFolder) -> Event:
    """The newest whole line of the events; nothing if there is none."""
    with folder.events_file.open("rb") as events:
        events.seek(max(0, events.seek(0, 2) - _TAIL))
        lines = events.read().split(b"\n")[:-1]
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:  # two halves: of the process that was killed and of the one that went on
            continue
        if isinstance(event, dict):
            return event
    return {}
