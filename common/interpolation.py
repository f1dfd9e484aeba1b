"""Paths between points: linear for noise and class weights, spherical for noise; through two of them or many."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray


def linear(start: NDArray[np.float32], end: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """`steps` points from `start` to `end`, both included: (size,), (size,) -> (steps, size).

    For class weights (one-hot vectors) this blends the one-hot or the embedding vectors of two classes.

    Raises:
        ValueError: fewer than 2 steps.
    """
    weights = _weights(steps)
    return ((1.0 - weights) * start + weights * end).astype(np.float32)


def spherical(start: NDArray[np.float32], end: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """`steps` points on the great circle from `start` to `end`, both included (White 2016, arXiv 1609.04468).

    Points keep the length that Gaussian noise has in high dimensions, where a straight line would pass through
    vectors shorter than any the generator was trained on. Parallel vectors are joined by a straight line.

    Raises:
        ValueError: fewer than 2 steps.
    """
    a, b = start.astype(np.float64), end.astype(np.float64)
    cosine = np.dot(a, b) / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-300)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if np.sin(angle) < 1e-6:
        return linear(start, end, steps)
    weights = _weights(steps)
    path = np.sin((1.0 - weights) * angle) / np.sin(angle) * a + np.sin(weights * angle) / np.sin(angle) * b
    return path.astype(np.float32)


def _weights(steps: int) -> NDArray[np.float64]:
    if steps < 2:
        raise ValueError(f"A path needs at least 2 steps, not {steps}.")
    return np.linspace(0.0, 1.0, steps)[:, np.newaxis]


PATHS = {"linear": linear, "spherical": spherical}


def through(points: NDArray[np.float32], steps: int, method: str, loop: bool = False) -> NDArray[np.float32]:
    """A path through `points` (n, size) in their order, each leg of `steps` points with both its ends: (total, size).

    Where two legs meet their common point stands once, so that a walk does not halt there: n - 1 legs have
    (n - 1) * (steps - 1) + 1 points. A `loop` goes on from the last point to the first and ends one step before it: an
    animation that begins again then goes on without a jump; n * (steps - 1) points.

    Raises:
        ValueError: fewer than 2 points or steps.
        KeyError: an unknown method.
    """
    if len(points) < 2:
        raise ValueError(f"A path needs at least 2 points, not {len(points)}.")
    ends = np.concatenate([points, points[:1]]) if loop else points
    legs = [PATHS[method](start, end, steps)[:-1] for start, end in itertools.pairwise(ends)]
    return np.concatenate(legs if loop else [*legs, points[-1:]])
