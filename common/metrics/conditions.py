"""The conditions a score was measured under; printed beside it, because a number without them compares with nothing."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.specs.base import Spec

SEED = 2020


class Conditions(Spec):
    """What changes any score besides the images themselves; what only one metric has is the metric's to add.

    Attributes:
        extractor, extractor_sha256, preparation: which network looked at the images, and how they were fed to it.
        samples: number of generated images.
        reference, reference_split: the data set and split they are compared with ("mnist", "train").
        reference_samples, reference_sha256: how many reference images, and the hash of their bytes.
    """

    extractor: str
    extractor_sha256: str
    preparation: str
    samples: int
    reference: str
    reference_split: str
    reference_samples: int
    reference_sha256: str


def choose(total: int, count: int, seed: int = SEED) -> NDArray[np.int64]:
    """Which `count` of `total` images stand for all of them: a seeded draw without repetition, ascending, (count,).

    Never the first `count`: data sets have an order (the first half of MNIST's test split is the easier half).

    Raises:
        BadInput: count is larger than total, or below 1.
    """
    if not 1 <= count <= total:
        raise BadInput(f"Cannot choose {count} of {total} images: ask for 1 to {total}.")
    return np.sort(np.random.RandomState(seed).permutation(total)[:count])


def disjoint(total: int, count: int, most: int, seed: int = SEED) -> list[NDArray[np.int64]]:
    """As many disjoint draws of `count` of `total` as there are, up to `most`, each ascending; the first is `choose`'s.

    One permutation, cut into pieces. Empty if there are fewer than `count`.
    """
    order = np.random.RandomState(seed).permutation(total)
    return [np.sort(order[start : start + count]) for start in range(0, total - count + 1, count)][:most]


def hash_of_images(images: NDArray[np.uint8]) -> str:
    """SHA-256 over the shape and the bytes of uint8 images, read in blocks (memory-mapped arrays stay on disk)."""
    digest = hashlib.sha256(f"uint8 {images.shape}".encode())
    for start in range(0, len(images), 1024):
        digest.update(images[start : start + 1024].tobytes())
    return digest.hexdigest()
