"""The images that a cell is trained on, and the shape that they give its networks."""

from __future__ import annotations

from pathlib import Path

from common.data.loading import Dataset, load_dataset
from common.specs.cell import Cell
from common.specs.networks import NetworkShape


def open_data(cell: Cell, data_dir: Path | None = None, cache_dir: Path | None = None) -> tuple[Dataset, NetworkShape]:
    """The training images of `cell` and the network shape that follows from them.

    Raises:
        BadInput, GanbenchError: as `load_dataset`.
    """
    training = cell.training
    dataset = load_dataset(
        cell.dataset,
        image_size=training.image_size,
        resize=training.resize,
        data_dir=data_dir,
        cache_dir=cache_dir,
        max_images=training.max_images,
    )
    return dataset, NetworkShape.of(dataset.images.shape, len(dataset.manifest.classes))
