"""Every random number of a training, as a pure function of (seed, purpose, step).

Philox (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") is a counter-based generator: its key is
(seed, purpose) and the step is a word of its counter, so any batch is reached without drawing the ones before it, a
resumed training continues exactly, and every engine sees the same noise, labels, order, flips and mixing weights.
Values are float32 (or integers), so that an engine that computes in float64 starts from the same numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_MASK = 2**64 - 1


def generator(seed: int, purpose: str, step: int = 0) -> np.random.Generator:
    """A generator for one draw: equal arguments give equal numbers, different ones independent numbers.

    Args:
        seed: the cell's seed, 0 <= seed < 2**63.
        purpose: what the numbers are for ("latents", "order", ...).
        step: iteration, epoch or item the numbers belong to; each has 2**128 blocks of its own.
    """
    purpose_word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")
    key = np.array([seed & _MASK, purpose_word], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, step, 0], dtype=np.uint64)))


class Streams:
    """The random streams of one seed. Training steps count generator and critic updates as the caller numbers them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def permutation(self, epoch: int, count: int) -> NDArray[np.int64]:
        """The order of `count` images in `epoch`, shape (count,)."""
        return generator(self.seed, "order", epoch).permutation(count)

    def latents(self, step: int, count: int, size: int) -> NDArray[np.float32]:
        """Standard normal noise for training step `step`, shape (count, size)."""
        return generator(self.seed, "latents", step).standard_normal((count, size), dtype=np.float32)

    def labels(self, step: int, count: int, classes: int) -> NDArray[np.int64]:
        """Uniform class labels for the fakes of training step `step`, shape (count,)."""
        return generator(self.seed, "labels", step).integers(0, classes, count)

    def mixing(self, step: int, count: int, kind: str = "uniform") -> NDArray[np.float32]:
        """Mixing weights of the gradient penalty's interpolates, shape (count,), one per sample.

        Gulrajani et al. 2017 (Algorithm 1, line 4) draw them uniformly from [0, 1); `kind="normal"` is a mistake
        seen in the field and exists so that the parity ladder can show that it is noticed.
        """
        draws = generator(self.seed, "mixing", step)
        if kind == "normal":
            return draws.standard_normal(count, dtype=np.float32)
        return draws.random(count, dtype=np.float32)

    def flips(self, step: int, count: int) -> NDArray[np.bool_]:
        """Which of `count` real images of step `step` are mirrored left to right, each with probability 1/2."""
        return generator(self.seed, "flips", step).integers(0, 2, count).astype(bool)

    def progress_latents(self, count: int, size: int) -> NDArray[np.float32]:
        """The fixed noise of the progress pictures, shape (count, size); the same for every seed's sibling engines."""
        return generator(self.seed, "progress").standard_normal((count, size), dtype=np.float32)

    def evaluation_latents(self, start: int, count: int, size: int) -> NDArray[np.float32]:
        """Noise of the scored samples `start` .. `start + count - 1`, shape (count, size); independent of batching."""
        rows = [
            generator(self.seed, "evaluation", index).standard_normal(size, dtype=np.float32)
            for index in range(start, start + count)
        ]
        return np.stack(rows)
