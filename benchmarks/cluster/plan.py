"""What a matrix takes on a number of devices: hours, what bounds them, how many devices idle, and disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from benchmarks.cluster.costs import Cost
from benchmarks.cluster.schedule import simulate
from benchmarks.matrix.plan import sample_megabytes
from benchmarks.results.rows import Row
from benchmarks.running.groups import groups_of
from common.specs.cell import Cell

_HOUR = 3600.0


def plan_row(cells: list[Cell], nodes: int, gpus: int, cost: Callable[[Cell], Cost], untimed: bool = False) -> Row:
    """The plan as one row.

    Args:
        cells: of the matrix, in its order.
        nodes: machines, alike.
        gpus: of each; 0: cells are trained on processors, one a machine.
        cost: of a cell.
        untimed: whether cells go one by one, since nothing compares their times; else a group stays on one device.

    Returns:
        nodes, gpus, cells, pieces (what is scheduled as one), hours, critical_hours (of the longest piece),
        idle_percent, device_hours, sample_gigabytes, other_gigabytes (weights, pictures and records; None where they
        were never seen), and under each basis of an estimate how many cells rest on it. Scoring is not counted: the
        machines' processors do it beside.
    """
    costs = {cell.id: cost(cell) for cell in cells}
    units = [[cell] for cell in cells] if untimed else groups_of(cells)
    pieces = [sum(costs[cell.id].seconds for cell in unit) for unit in units]
    schedule = simulate(pieces, nodes * max(1, gpus))
    bases = Counter(costs[cell.id].basis for cell in cells)
    return {
        "nodes": nodes,
        "gpus": gpus,
        "cells": len(cells),
        "pieces": len(units),
        "hours": round(schedule.length / _HOUR, 2),
        "critical_hours": round(schedule.critical / _HOUR, 2),
        "idle_percent": round(100 * schedule.idle_share, 1),
        "device_hours": round(schedule.work / _HOUR, 2),
        "sample_gigabytes": round(sum(map(sample_megabytes, cells)) / 1e3, 2),
        "other_gigabytes": _gigabytes([costs[cell.id].kept_bytes for cell in cells]),
        **{f"by {basis}": count for basis, count in bases.items()},
    }


def _gigabytes(kept: list[int | None]) -> float | None:
    if any(each is None for each in kept):
        return None
    return round(sum(each or 0 for each in kept) / 1e9, 2)
