"""Rows: results as plain values by column, which a terminal shows as a table and `--json` prints as they are."""

from __future__ import annotations

from typing import Any

from common.specs.cell import Cell

Row = dict[str, Any]


def cell_row(cell: Cell) -> Row:
    """The columns by which people tell cells apart."""
    return {
        "model": cell.model.name,
        "dataset": cell.dataset,
        "engine": cell.engine,
        "execution": cell.contender.partition(" ")[2],
        "seed": cell.seed,
    }
