"""What a source of pictures offers: one split, read picture by picture, before any resizing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


class RawSplit(Protocol):
    """One split of a data set as its source holds it.

    `labels` is int64 (n,) or None. `fingerprint` changes when the source's content changes. `variant` is empty when the
    pixels are the published ones, else a short word that keeps other pixels (a recompressed copy) apart in the cache.
    `origin` says in a few words where the pictures come from.
    """

    labels: Labels | None
    fingerprint: str
    variant: str
    origin: str

    def __len__(self) -> int: ...

    def picture(self, index: int) -> bytes | Pixels:
        """Picture `index`: an encoded file's bytes, or decoded uint8 (height, width) or (height, width, channels)."""

    def name(self, index: int) -> str:
        """How to call picture `index` in a message to the user."""


@dataclass
class ArraySplit:
    """A split that is already decoded in memory: uint8 (n, height, width) or (n, height, width, channels)."""

    images: Pixels
    labels: Labels | None
    fingerprint: str
    origin: str
    variant: str = field(default="")

    def __len__(self) -> int:
        return len(self.images)

    def picture(self, index: int) -> Pixels:
        """Picture `index`, uint8 (height, width[, channels])."""
        return self.images[index]

    def name(self, index: int) -> str:
        """`image 17 of ORIGIN`."""
        return f"image {index} of {self.origin}"
