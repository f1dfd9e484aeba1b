"""Settings that changed between two runs in one folder: the second is refused, since it would go on with nothing."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.results.run_folder import RunFolder
from benchmarks.results.wording import title
from common.errors import BadInput
from common.specs.base import flatten
from common.specs.cell import Cell

_MOST_NAMED = 4


def refuse_changed(run: RunFolder, cells: list[Cell]) -> None:
    """That no cell of `cells` takes the place of one that was begun in `run` with other settings.

    A cell's place is its model, data set, seed, contender and device. A sweep has several cells in one place: what
    `cells` has itself is no change, nor is what was begun before.

    Raises:
        BadInput: one does; the sentence names what differs. Or this is the folder of something else.
    """
    if not run.matrix_file.exists():
        return
    asked = {cell.id for cell in cells}
    begun = [cell for cell in run.cells() if run.of(cell).events_file.exists()]
    before = {_place(cell): cell for cell in begun if cell.id not in asked}
    known = {cell.id for cell in begun}
    for cell in cells:
        old = before.get(_place(cell))
        if old is not None and cell.id not in known:
            raise BadInput(
                f"{run.path} has {title(cell)}, with {_differences(old, cell)}: choose another folder with --out, or "
                "train both with --beside."
            )


def _place(cell: Cell) -> tuple[str, str]:
    return title(cell), cell.device


def _differences(old: Cell, new: Cell) -> str:
    """In words: "training.epochs 5 instead of 7"."""
    was, now = (_settings(cell) for cell in (old, new))
    names = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    texts = [f"{name} {_text(was.get(name))} instead of {_text(now.get(name))}" for name in names[:_MOST_NAMED]]
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return ", ".join(texts + more)


def _settings(cell: Cell) -> dict[str, Any]:
    """What determines the cell, by the names that a user writes."""
    flat = flatten(json.loads(cell.identity()))
    return {name.removeprefix("model."): value for name, value in flat.items()}


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)
