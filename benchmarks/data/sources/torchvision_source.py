"""Export a data set through torchvision, run in a process of its own by `benchmarks.data.sources`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.data.sources.arguments import run_export
from common.data.export import ExportNote, write_note
from common.errors import BadInput
from common.files import atomic_write

_CLASSES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}


def export(name: str, split: str, out: Path, root: Path, download: bool) -> None:
    """Write images.npy and labels.npy of one split, in torchvision's order, which is the published one.

    For celeba only torchvision's folder is completed (downloaded if asked); its JPEG files are then read in place.

    Raises:
        RuntimeError: torchvision's own, if its files are missing or damaged.
        BadInput: a data set that torchvision does not have.
    """
    if name not in (*_CLASSES, "celeba"):
        raise BadInput(f"torchvision has no {name}; it has {', '.join([*_CLASSES, 'celeba'])}.")
    from torchvision import datasets

    if name == "celeba":
        datasets.CelebA(str(root), split=split, download=download)
        return
    loaded = getattr(datasets, _CLASSES[name])(str(root), train=split == "train", download=download)
    images, labels = np.asarray(loaded.data, np.uint8), np.asarray(loaded.targets, np.int64)
    for file, array in (("images.npy", images), ("labels.npy", labels)):
        with atomic_write(out / file) as handle:
            np.save(handle, array)
    note = ExportNote(
        dataset=name, split=split, source="torchvision", form="arrays", count=len(images), order="published"
    )
    write_note(out, note)


if __name__ == "__main__":
    sys.exit(run_export(export, "torchvision"))
