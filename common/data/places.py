"""Where a data set's own files may lie below the folder that the user names."""

from __future__ import annotations

from pathlib import Path

from common.specs.dataset_spec import DatasetSpec

_USUAL_NAMES = {
    "mnist": ("MNIST", "MNIST/raw"),
    "fashion-mnist": ("FashionMNIST", "FashionMNIST/raw"),
    "cifar10": ("cifar-10-batches-py", "cifar-10-batches-bin"),
    "celeba": ("CelebA", "CelebA/Img", "CelebA/Anno", "CelebA/Eval"),
}


def folders(data_dir: Path, spec: DatasetSpec) -> list[Path]:
    """The existing folders to look into, most likely first: DATA_DIR/NAME, DATA_DIR, other libraries' layouts.

    The data set's own sub-folder comes first, because Fashion-MNIST's files have the names of MNIST's.
    """
    named = data_dir / spec.name
    inner = ("raw", *_USUAL_NAMES.get(spec.name, ()), "img", "Img", "Anno", "Eval")
    candidates = [named, *(named / name for name in inner), data_dir, *(data_dir / name for name in inner)]
    return [folder for folder in candidates if folder.is_dir()]


def find_file(data_dir: Path, spec: DatasetSpec, *names: str) -> Path | None:
    """The first existing file of one of those names, in the order of `folders`."""
    for folder in folders(data_dir, spec):
        for name in names:
            if (folder / name).is_file():
                return folder / name
    return None
