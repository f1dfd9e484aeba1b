"""Toy shapes: coloured circles, squares, triangles and rings, drawn by formula, labelled, the same on every machine.

Each picture is a pure function of (split, number): centre, radius, turn and two well-separated colours come from its
own random stream. Edges are antialiased by the signed distance to the shape (Quilez, "2D distance functions").
"""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from common.data.raw import Labels, Pixels
from common.specs.dataset_spec import DatasetSpec
from common.streams import generator

SIDE = 64
_SEED = 64
_VERSION = "toy-shapes 1"
Field = NDArray[np.float64]


class ToyShapes:
    """One split of the toy shapes; pictures are uint8 (64, 64, 3), classes come in turn."""

    variant = ""
    origin = "ganbench's own drawing"

    def __init__(self, spec: DatasetSpec, split: str) -> None:
        count = spec.splits[split] or 0
        self.labels: Labels | None = np.arange(count, dtype=np.int64) % spec.n_classes
        self.classes = spec.classes
        self.fingerprint = f"{_VERSION} {split} {count}"
        self._split = split

    def __len__(self) -> int:
        return 0 if self.labels is None else len(self.labels)

    def picture(self, index: int) -> Pixels:
        """Picture `index`, uint8 (64, 64, 3)."""
        return draw(self._split, index, self.classes[index % len(self.classes)])

    def name(self, index: int) -> str:
        """`toy shape 17`."""
        return f"toy shape {index}"


def draw(split: str, index: int, shape: str) -> Pixels:
    """One picture: a shape of one colour on a ground of another, uint8 (64, 64, 3)."""
    random = generator(_SEED, f"toy-shapes-{split}", index)
    radius = random.uniform(0.2, 0.32) * SIDE
    centre = random.uniform(0.38, 0.62, 2) * SIDE
    angle = random.uniform(0, 2 * np.pi)
    hue = random.uniform()
    ground = np.array(colorsys.hsv_to_rgb((hue + random.uniform(0.3, 0.7)) % 1, 0.35, random.uniform(0.15, 0.45)))
    colour = np.array(colorsys.hsv_to_rgb(hue, random.uniform(0.6, 1), random.uniform(0.75, 1)))
    rows, columns = np.indices((SIDE, SIDE)) + 0.5
    across, down = columns - centre[0], rows - centre[1]
    x, y = np.cos(angle) * across + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * across
    cover = np.clip(0.5 - _distance(shape, x, y, radius), 0, 1)[:, :, None]
    return np.rint(255 * (cover * colour + (1 - cover) * ground)).astype(np.uint8)


def _distance(shape: str, x: Field, y: Field, radius: float) -> Field:
    """Signed distance in pixels to the shape's edge, negative inside."""
    if shape == "circle":
        return np.hypot(x, y) - radius
    if shape == "ring":
        return np.abs(np.hypot(x, y) - 0.8 * radius) - 0.25 * radius
    if shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) - 0.85 * radius
    turns = 2 * np.pi * np.arange(3) / 3  # equilateral triangle: the farthest of its three sides
    return np.max([np.cos(turn) * x + np.sin(turn) * y for turn in turns], axis=0) - 0.6 * radius
