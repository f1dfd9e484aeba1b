"""The batches of a training: which images, noise, labels and mixing weights every iteration gets, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.annealing import annealed
from common.data.batches import gather
from common.data.loading import Dataset
from common.engine import Batch
from common.errors import BadInput
from common.specs.cell import Cell
from common.specs.phases import Phase
from common.streams import Streams


@dataclass(frozen=True)
class EpochPlan:
    """One pass over the images, the remainder dropped.

    Attributes:
        phase: the phase the epoch belongs to.
        iterations: iterations in this epoch.
        first: number of the first of them, counted from the start of the training.
        faded: iterations of this phase before this epoch.
        fade_length: iterations of the whole phase.
        images_per_iteration: real images that one iteration takes from the data set.
    """

    phase: Phase
    iterations: int
    first: int
    faded: int
    fade_length: int
    images_per_iteration: int

    def alpha(self, index: int) -> float:
        """The newest block's weight in iteration `index` of this epoch: 1 / n, 2 / n, ... 1 over a fading phase."""
        return (self.faded + index + 1) / self.fade_length if self.phase.fading else 1.0


def plan_epochs(cell: Cell, images: int) -> list[EpochPlan]:
    """Every epoch of `cell` on `images` images, in order.

    Raises:
        BadInput: the data set is smaller than what one iteration needs.
    """
    batches = 1 if cell.model.reuse_real_batch else cell.model.n_critic
    plans: list[EpochPlan] = []
    for phase in cell.phases():
        per_iteration = batches * phase.batch_size
        iterations = images // per_iteration
        if iterations == 0:
            raise BadInput(
                f"batch_size {phase.batch_size} with {batches} batch(es) per iteration needs {per_iteration} images, "
                f"but '{cell.dataset}' has {images} here: choose a smaller training.batch_size."
            )
        for epoch in range(phase.epochs):
            first = plans[-1].first + plans[-1].iterations if plans else 0
            length = phase.epochs * iterations
            plans.append(EpochPlan(phase, iterations, first, epoch * iterations, length, per_iteration))
    return plans


class Feed:
    """The batches of `cell` on `images` (and `labels`), a pure function of the iteration's number.

    Raises:
        BadInput: a conditional model on data without labels, or too few images.
    """

    def __init__(
        self, cell: Cell, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None, classes: int = 0
    ) -> None:
        if cell.model.network.conditional and (labels is None or classes < 2):
            raise BadInput(
                f"Model '{cell.model.name}' is conditional, but data set '{cell.dataset}' has no labels: "
                "choose a labelled data set or an unconditional model."
            )
        self.plans = plan_epochs(cell, len(images))
        self._iterations = self.plans[-1].first + self.plans[-1].iterations
        self._cell, self._images, self._classes = cell, images, classes
        self._labels = labels if cell.model.network.conditional else None
        self._noise_size = cell.model.network.noise_size(cell.training.image_size)
        self._streams = Streams(cell.seed)

    @classmethod
    def of(cls, cell: Cell, dataset: Dataset) -> Feed:
        """The feed of `cell` on a prepared data set."""
        return cls(cell, dataset.images, dataset.labels, len(dataset.manifest.classes))

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch, counted from 0, in order."""
        plan = self.plans[epoch]
        order = self._streams.permutation(epoch, len(self._images))
        for index in range(plan.iterations):
            start = index * plan.images_per_iteration
            yield self._batch(plan, index, order[start : start + plan.images_per_iteration])

    def first(self, count: int, epoch: int = 0) -> list[Batch]:
        """The first `count` batches from `epoch` on, across epochs."""
        batches: list[Batch] = []
        while len(batches) < count:
            for batch in self.epoch(epoch):
                batches.append(batch)
                if len(batches) == count:
                    break
            epoch += 1
        return batches

    def _batch(self, plan: EpochPlan, index: int, chosen: NDArray[np.int64]) -> Batch:
        streams, iteration, size = self._streams, plan.first + index, plan.phase.batch_size
        updates = self._cell.model.n_critic
        # one draw of noise per critic update, and one for the generator unless it reuses the critic's fakes
        draws = 1 if updates == 1 else updates + 1
        images = gather(self._images, chosen)
        if self._cell.training.flip:
            mirrored = streams.flips(iteration, len(images))
            images[mirrored] = images[mirrored, :, ::-1]
        latents = streams.latents(iteration, draws * size, self._noise_size)
        kind = self._cell.model.objective.mixing
        return Batch(
            images=_per_update(images, updates, size),
            latents=latents.reshape(draws, size, self._noise_size),
            mixing=streams.mixing(iteration, updates * size, kind).reshape(updates, size),
            alpha=np.array(plan.alpha(index), dtype=np.float32),
            labels=None if self._labels is None else self._classes_of(iteration, chosen, updates, size),
            annealed=annealed(self._cell.model, iteration / self._iterations),
        )

    def _classes_of(self, iteration: int, chosen: NDArray[np.int64], updates: int, size: int) -> NDArray[np.int64]:
        assert self._labels is not None
        real = _per_update(self._labels[chosen], updates, size)
        if updates == 1:
            return real
        # what is compared is of one class
        pairs = self._cell.model.objective.pairs
        drawn = real[-1] if pairs else self._streams.labels(iteration, size, self._classes)
        return np.concatenate([real, drawn[np.newaxis]])


def _per_update(array: NDArray, updates: int, size: int) -> NDArray:
    """(k * size, ...) -> (updates, size, ...); where k is 1 every update gets the same batch."""
    batches = array.reshape(-1, size, *array.shape[1:])
    return batches if len(batches) == updates else np.repeat(batches, updates, axis=0)
