"""The data set: grey stripes, horizontal or vertical, drawn on the spot by a reader of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.data.raw import ArraySplit
from common.specs.dataset_spec import DatasetSpec

SIZE = 32


def open_stripes(spec: DatasetSpec, split: str, place: Path | None) -> ArraySplit:
    """Stripes of random phase; class 0 runs across, class 1 down."""
    count = spec.splits[split]
    draws = np.random.default_rng([len(split), 7])
    labels = np.arange(count) % 2
    waves = 127.5 * (1 + np.sin(np.arange(SIZE) / 2 + draws.uniform(0, 6, (count, 1))))
    across = np.repeat(waves[:, :, None], SIZE, axis=2)
    images = np.where(labels[:, None, None] == 0, across, across.swapaxes(1, 2)).astype(np.uint8)
    return ArraySplit(images, labels, spec.classes, f"stripes {split}", "drawn on the spot")


STRIPES = DatasetSpec(
    name="stripes",
    title="grey stripes",
    image_size=SIZE,
    channels=1,
    classes=("across", "down"),
    splits={"train": 200, "test": 80},
    licence="none needed",
    how_to_get="nothing to do",
    readers=("tinygan.stripes:open_stripes",),
    needs_files=False,
    extractor="mnistnet",
    metrics=("fid", "brightness"),
)
