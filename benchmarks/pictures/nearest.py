"""Memorisation made visible: samples beside the training images that are nearest to them, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.captions import captioned
from common.files import atomic_write
from common.images import grid

# of so many samples the nearest ones are shown, so many beside each other
_SAMPLES, _SHOWN, _COLUMNS = 64, 16, 4
_GAP = 6
# about as wide, in pixels, with the text above it in mind
_WIDTH = 900
_TILE = 1024


def save_nearest(path: Path, samples: NDArray[np.uint8], training: NDArray[np.uint8], name: str) -> None:
    """Write a picture of pairs, a sample and right of it its nearest training image, the closest pair first.

    Args:
        path: the PNG.
        samples: uint8 (n, h, w, c); the first 64 are looked at, the 16 that come closest are shown.
        training: all images that were trained on, uint8 (m, h, w, c), possibly memory-mapped.
        name: of what is shown, for the caption.
    """
    looked = np.asarray(samples[:_SAMPLES])
    indices, distances = nearest(looked, training)
    first = np.argsort(distances, kind="stable")[:_SHOWN]
    pairs = np.stack([_pair(looked[i], np.asarray(training[indices[i]])) for i in first])
    scale = max(1, _WIDTH // (_COLUMNS * (pairs.shape[2] + _GAP)))
    told = (
        f"samples, and right of each its nearest of {len(training)} training images; "
        f"{distances[first[0]]:.0f} to {distances[first[-1]]:.0f} grey levels apart (RMS)"
    )
    with atomic_write(path) as handle:
        captioned(grid(pairs, _COLUMNS, gap=_GAP), scale, name, told).save(handle, format="PNG", optimize=True)


def nearest(images: NDArray[np.uint8], training: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each of `images` the index of the nearest of `training`, and the root mean square of their differences.

    Both are uint8 (count, h, w, c); training images are read tile by tile. Sums of squares of grey levels are whole
    numbers, which float64 holds exactly, so equal images have distance 0.
    """
    mine = images.reshape(len(images), -1).astype(np.float64)
    best, found = np.full(len(images), np.inf), np.zeros(len(images), np.int64)
    for begin in range(0, len(training), _TILE):
        tile = np.asarray(training[begin : begin + _TILE]).reshape(-1, mine.shape[1]).astype(np.float64)
        squares = (mine**2).sum(axis=1)[:, None] + (tile**2).sum(axis=1) - 2.0 * mine @ tile.T
        closest = squares.argmin(axis=1)
        least = squares[np.arange(len(mine)), closest]
        better = least < best
        best[better], found[better] = least[better], begin + closest[better]
    return found, np.sqrt(np.maximum(best, 0.0) / mine.shape[1])


def _pair(sample: NDArray[np.uint8], real: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate([sample, np.full((len(sample), 1, sample.shape[-1]), 255, np.uint8), real], axis=1)
