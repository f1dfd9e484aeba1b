"""What a source of pictures offers: one split, read picture by picture, before any resizing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


class NotThere(BadInput):
    """The place looked at does not hold this kind of source at all (as opposed to a broken one)."""


class RawSplit(Protocol):
    """One split of a data set as its source holds it.

    `labels` is int64 (n,) or None, `classes` their names in order. `fingerprint` changes when the source's content
    changes. `variant` is empty when the pixels are the published ones in the published order, else a short word that
    keeps others (a recompressed copy) apart in the cache. `origin` says where the pictures come from.
    """

    labels: Labels | None
    classes: tuple[str, ...]
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
    classes: tuple[str, ...]
    fingerprint: str
    origin: str
    variant: str = ""

    def __len__(self) -> int:
        return len(self.images)

    def picture(self, index: int) -> Pixels:
        """Picture `index`, uint8 (height, width[, channels])."""
        return self.images[index]

    def name(self, index: int) -> str:
        """`image 17 of ORIGIN`."""
        return f"image {index} of {self.origin}"
