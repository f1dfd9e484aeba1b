"""Who races against whom: cells that differ in their contender only; and the controls."""

from __future__ import annotations

import hashlib

from benchmarks.racing.record import Entry
from benchmarks.results.run_folder import file_name
from common.errors import BadInput
from common.specs.cell import CONTENDER, Cell, baseline_first

SLOW_DOWN = 0.05


def groups(cells: list[Cell]) -> dict[str, list[Entry]]:
    """The races that `cells` make up, by label, in order; of several seeds the first races, since none is faster.

    Raises:
        BadInput: there are no cells.
    """
    if not cells:
        raise BadInput("There are no cells to race: name at least one model, data set and engine.")
    seeds = min(cell.seed for cell in cells)
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.seed == seeds:
            found.setdefault(race_label(cell), []).append(cell)
    return {label: _entries(group) for label, group in found.items()}


def race_label(cell: Cell) -> str:
    """A readable, unique name of the race that `cell` belongs to."""
    shared = cell.identity(*CONTENDER, "seed")
    digest = hashlib.sha256(shared.encode()).hexdigest()[:12]
    return file_name(f"{cell.model.name}-{cell.dataset}-{digest}")


def reference_of(entries: list[Entry]) -> Entry:
    """Whom the others are compared with: torch eager if it takes part, else the first."""
    return min(entries, key=lambda entry: baseline_first(entry.cell))


def with_controls(entries: list[Entry]) -> list[Entry]:
    """`entries` and two more: the reference again, which must come out equal, and 5 % slower, which must be found."""
    reference = reference_of(entries)
    again = Entry(name=f"{reference.name} (again)", cell=reference.cell, control="again")
    slowed = Entry(
        name=f"{reference.name} ({100 * SLOW_DOWN:g} % slower)",
        cell=reference.cell,
        control="slowed",
        slow_down=SLOW_DOWN,
    )
    return [*entries, again, slowed]


def _entries(cells: list[Cell]) -> list[Entry]:
    return [Entry(name=cell.contender, cell=cell) for cell in sorted(cells, key=baseline_first)]
