"""Export a data set through torchvision, run in a process of its own by `benchmarks.data_sources`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from common.data.export import ExportNote, write_note
from common.files import atomic_write

_CLASSES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}


def export(name: str, split: str, out: Path, root: Path, download: bool) -> None:
    """Write images.npy and labels.npy of one split, in torchvision's order, which is the published one.

    For celeba only torchvision's folder is completed (downloaded if asked); its JPEG files are then read in place.

    Raises:
        RuntimeError: torchvision's own, if its files are missing or damaged.
        SystemExit: with a sentence, for a data set that torchvision does not have.
    """
    if name not in (*_CLASSES, "celeba"):
        sys.exit(f"torchvision has no {name}; it has {', '.join([*_CLASSES, 'celeba'])}")
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


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("split")
    parser.add_argument("out", type=Path)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--download", action="store_true")
    options = parser.parse_args()
    export(options.name, options.split, options.out, options.root, options.download)


if __name__ == "__main__":
    main()
