"""How much work a cell is, counted from its spec: what can be said before anything was measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from benchmarks.training.feed import plan_epochs
from common.flops.count import count_flops
from common.specs.cell import Cell
from common.specs.datasets import dataset_spec
from common.specs.networks import NetworkShape
from common.specs.phases import Phase


@dataclass(frozen=True)
class Work:
    """A whole training: its iterations, and their floating point operations (None: the network's family does not tell
    its layers)."""

    iterations: int
    flops: int | None


def work_of(cell: Cell, images: int | None = None) -> Work | None:
    """The work of `cell`, trained on `images` images (None: as many as its data set is known to have).

    Returns:
        None where it is not known how many images there are.

    Raises:
        BadInput: the data set is smaller than what one iteration needs.
    """
    spec, training = dataset_spec(cell.dataset), cell.training
    there = images or spec.splits["train"] or training.max_images
    if there is None:
        return None
    shape = NetworkShape.of((0, training.image_size, training.image_size, spec.channels), spec.n_classes)

    @cache
    def flops_of(phase: Phase) -> int | None:
        counted = count_flops(cell.model, shape, phase)
        return None if counted is None else counted.iteration

    plans = plan_epochs(cell, min(there, training.max_images or there))
    each = [flops_of(plan.phase) for plan in plans]
    known = [plan.iterations * flops for plan, flops in zip(plans, each, strict=True) if flops is not None]
    return Work(sum(plan.iterations for plan in plans), sum(known) if len(known) == len(plans) else None)
