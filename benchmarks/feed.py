"""The batches of a training: which images, noise, labels and mixing weights every iteration gets, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.data.batches import gather
from common.engine import Batch
from common.errors import BadInput
from common.specs.cell import Cell
from common.streams import Streams


@dataclass(frozen=True)
class Schedule:
    """How a data set is cut into iterations; an epoch is one pass, the remainder dropped.

    Attributes:
        updates: critic updates per generator update.
        batch_size: images per critic update.
        batches_per_iteration: real batches one iteration consumes: `updates`, or 1 where one batch serves them all.
        iterations_per_epoch: iterations in one pass over the images.
    """

    updates: int
    batch_size: int
    batches_per_iteration: int
    iterations_per_epoch: int

    @property
    def images_per_iteration(self) -> int:
        """Real images that one iteration takes from the data set."""
        return self.batches_per_iteration * self.batch_size


def schedule(cell: Cell, images: int) -> Schedule:
    """The schedule of `cell` on `images` images.

    Raises:
        BadInput: the data set is smaller than what one iteration needs.
    """
    updates, batch_size = cell.model.n_critic, cell.training.batch_size
    batches = 1 if cell.model.reuse_real_batch else updates
    per_epoch = images // (batches * batch_size)
    if per_epoch == 0:
        raise BadInput(
            f"batch_size {batch_size} with {batches} batch(es) per iteration needs {batches * batch_size} images, "
            f"but '{cell.dataset}' has {images} here: choose a smaller training.batch_size."
        )
    return Schedule(updates, batch_size, batches, per_epoch)


class Feed:
    """The batches of `cell` on `images`, a pure function of the iteration's number."""

    def __init__(self, cell: Cell, images: NDArray[np.uint8]) -> None:
        self.plan = schedule(cell, len(images))
        self._cell = cell
        self._images = images
        self._streams = Streams(cell.seed)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch, counted from 0, in order."""
        plan = self.plan
        order = self._streams.permutation(epoch, len(self._images))
        first = epoch * plan.iterations_per_epoch
        for index in range(plan.iterations_per_epoch):
            start = index * plan.images_per_iteration
            yield self._batch(first + index, order[start : start + plan.images_per_iteration])

    def first(self, count: int) -> list[Batch]:
        """The first `count` batches of the training, across epochs."""
        batches: list[Batch] = []
        epoch = 0
        while len(batches) < count:
            for batch in self.epoch(epoch):
                batches.append(batch)
                if len(batches) == count:
                    break
            epoch += 1
        return batches

    def _batch(self, iteration: int, chosen: NDArray[np.int64]) -> Batch:
        plan, streams = self.plan, self._streams
        images = gather(self._images, chosen)
        if self._cell.training.flip:
            mirrored = streams.flips(iteration, len(images))
            images[mirrored] = images[mirrored, :, ::-1]
        shape = (plan.batches_per_iteration, plan.batch_size, *images.shape[1:])
        stacked = np.broadcast_to(images.reshape(shape), (plan.updates, *shape[1:]))
        # one draw of noise per critic update, and one for the generator unless it reuses the critic's fakes
        draws = plan.updates if plan.updates == 1 else plan.updates + 1
        size = self._cell.model.network.latent_size
        latents = streams.latents(iteration, draws * plan.batch_size, size)
        kind = getattr(self._cell.model.objective, "mixing", "uniform")
        mixing = streams.mixing(iteration, plan.updates * plan.batch_size, kind)
        return Batch(
            images=stacked,
            latents=latents.reshape(draws, plan.batch_size, size),
            mixing=mixing.reshape(plan.updates, plan.batch_size),
        )
