"""Counts what torch multiplies in one training iteration of each phase of models, by its own counter: JSON.

Usage: python torch_side.py CELL..., each a cell as JSON
"""

import json
import sys
from contextlib import nullcontext
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.running.engines import build_engine
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights
from common.specs.cell import Cell


class Counter(FlopCounterMode):
    """Without the attribution to modules, whose hooks autograd refuses where a gradient at a leaf is asked for."""

    class Everything(nullcontext):
        parents = frozenset({"Global"})

    def __init__(self) -> None:
        super().__init__(display=False)
        self.mod_tracker = self.Everything()


def counted(cell: Cell) -> list[dict[str, Any]]:
    """By phase: FLOPs of an iteration, and of one image through each network without gradients."""
    dataset, shape = open_data(cell)
    engine, found = build_engine(cell, shape, threads=1), []
    engine.load_weights(initial_weights(engine.weight_shapes(), cell.seed, cell.model.network.initialization))
    for index, phase in enumerate(cell.phases()):
        engine.begin_phase(phase)
        (batch,) = Feed.of(cell, dataset).first(1, epoch=index)
        with Counter() as iteration:
            engine.train_iteration(batch)
        given = engine.given(engine.inputs(batch, 0))
        latents = torch.from_numpy(batch.latents[0].copy())
        with Counter() as generator, torch.no_grad():
            images = engine.generator(latents, **given)
        with Counter() as discriminator, torch.no_grad():
            engine.discriminator(images, **given)
        totals = {"iteration": iteration, "generator": generator, "discriminator": discriminator}
        found.append({name: counter.get_total_flops() for name, counter in totals.items()})
    return found


if __name__ == "__main__":
    print(json.dumps([counted(Cell.model_validate_json(text)) for text in sys.argv[1:]]))
