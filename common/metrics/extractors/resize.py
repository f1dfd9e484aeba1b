"""Resizing as two matrix products: exact, in float, independent of any framework, and fast for batches.

A separable resize is out = A @ image @ B', where A and B hold the filter weights. `antialiased` is Pillow's bilinear
filter (a triangle that widens when shrinking) without Pillow's rounding to whole grey levels; `tensorflow1` is the
bilinear resize of TensorFlow 1 without half-pixel centres that the original FID network was trained behind.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Method = Literal["antialiased", "tensorflow1"]


@lru_cache(maxsize=32)
def weights(source: int, target: int, method: Method) -> NDArray[np.float32]:
    """The matrix (target, source) that resizes one axis; every row sums to 1."""
    matrix = _triangle(source, target) if method == "antialiased" else _without_half_pixels(source, target)
    result = (matrix / matrix.sum(axis=1, keepdims=True)).astype(np.float32)
    result.flags.writeable = False
    return result


def resize(images: NDArray, height: int, width: int, method: Method = "antialiased") -> NDArray[np.float32]:
    """Images (N, H, W, C) of any real dtype to float32 (N, height, width, C) in the same range, never rounded."""
    result = images.astype(np.float32)
    if images.shape[1] != height:
        rows = result.reshape(len(result), result.shape[1], -1)
        result = (weights(images.shape[1], height, method) @ rows).reshape(len(result), height, *images.shape[2:])
    if images.shape[2] != width:
        result = weights(images.shape[2], width, method) @ result
    return result


def _triangle(source: int, target: int) -> NDArray[np.float64]:
    scale = source / target
    support = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    distance = np.abs(np.arange(source)[None, :] + 0.5 - centres[:, None]) / support
    return np.maximum(1.0 - distance, 0.0)


def _without_half_pixels(source: int, target: int) -> NDArray[np.float64]:
    # TensorFlow 1 computes scale and position in float32; doing the same keeps the last bits equal.
    position = np.arange(target, dtype=np.float32) * (np.float32(source) / np.float32(target))
    low = np.floor(position).astype(np.int64)
    fraction = (position - low).astype(np.float64)
    matrix = np.zeros((target, source))
    np.add.at(matrix, (np.arange(target), np.minimum(low, source - 1)), 1.0 - fraction)
    np.add.at(matrix, (np.arange(target), np.minimum(low + 1, source - 1)), fraction)
    return matrix
