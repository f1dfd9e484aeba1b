"""Shards: a matrix dealt to several runs, for machines that know nothing of each other but share its work.

Every run deals the whole matrix by itself and keeps its own hand, so the deal depends on the matrix alone. What is
compared with each other, one model, data set and seed on all engines, stays in one hand.
"""

from __future__ import annotations

import heapq
import re
from typing import NamedTuple

from benchmarks.matrix.work import work_of
from benchmarks.running.groups import groups_of
from common.errors import BadInput
from common.specs.cell import Cell


class Shard(NamedTuple):
    """Shard `number` (from 1) of `total`."""

    number: int
    total: int


def parse_shard(text: str) -> Shard:
    """A shard as people write it: "3/8".

    Raises:
        BadInput: anything else, or a number beyond the count.
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    shard = Shard(int(match[1]), int(match[2])) if match else Shard(0, 0)
    if not 1 <= shard.number <= shard.total:
        raise BadInput(f"--shard {text}: write it as I/N with I from 1 to N, as in --shard 3/8.")
    return shard


def deal(cells: list[Cell], shard: Shard) -> list[Cell]:
    """The cells of `shard`, in the order of `cells`.

    The group with most work goes to the shard that has least, and so on, work being counted in FLOPs: a rough
    balance, which no other machine has to be asked about.
    """
    groups = groups_of(cells)
    work = _weights(groups)
    loads = [(0, number) for number in range(1, shard.total + 1)]
    mine = []
    for index in sorted(range(len(groups)), key=lambda index: (-work[index], index)):
        load, number = heapq.heappop(loads)
        heapq.heappush(loads, (load + work[index], number))
        if number == shard.number:
            mine.append(index)
    return [cell for index in sorted(mine) for cell in groups[index]]


def _weights(groups: list[list[Cell]]) -> list[int]:
    """The FLOPs of each group; one whose work cannot be counted is taken for the largest."""
    counted = [_flops(group) for group in groups]
    largest = max((each for each in counted if each is not None), default=1)
    return [largest if each is None else each for each in counted]


def _flops(group: list[Cell]) -> int | None:
    work = work_of(group[0])  # the others of the group do the same
    return None if work is None or work.flops is None else work.flops * len(group)
