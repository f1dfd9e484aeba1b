"""Groups: the cells that are compared with each other, which belong on one device."""

from __future__ import annotations

from collections.abc import Iterable

from common.specs.cell import CONTENDER, Cell


def groups_of(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells that differ in their contender only (one model, data set and seed), together; groups and the cells
    within them stay in the order they come in."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.identity(*CONTENDER), []).append(cell)
    return list(found.values())
