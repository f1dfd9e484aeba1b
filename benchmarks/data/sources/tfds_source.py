"""Export a data set through tensorflow-datasets, run in a process of its own by `benchmarks.data.sources`.

TFDS shuffles when it prepares. CIFAR-10 keeps the published number of each picture; MNIST's order follows from TFDS'
way of shuffling (by the MD5 of split and number) and is believed only if the published files' checksums come out. So
both are put back in order; for the others the order stays TFDS' own, and the export says so. CelebA's JPEG files are
copied undecoded, so that one decoder (Pillow) serves all sources.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.sources.arguments import run_export
from common.data.export import ExportNote, write_note
from common.errors import BadInput
from common.files import atomic_write
from common.specs.dataset_spec import DatasetSpec
from common.specs.datasets import dataset_spec

_NAMES = {"mnist": "mnist", "fashion-mnist": "fashion_mnist", "cifar10": "cifar10", "celeba": "celeb_a"}
_SPLITS = {"train": "train", "valid": "validation", "test": "test"}


def export(name: str, split: str, out: Path, root: Path, download: bool) -> None:
    """Write images.npy (celeba: images.zip) and labels.npy of one split.

    Raises:
        Exception: TFDS' own, if its files are missing or a download fails.
        BadInput: a data set that is not offered here.
    """
    if name not in _NAMES:
        raise BadInput(f"tensorflow-datasets is used for {', '.join(_NAMES)} only, not for {name}.")
    tfds: Any = importlib.import_module("tensorflow_datasets")
    decoders = {"image": tfds.decode.SkipDecoding()} if name == "celeba" else None
    loaded = tfds.load(_NAMES[name], split=_SPLITS[split], data_dir=str(root), download=download, decoders=decoders)
    examples: Iterable[dict[str, Any]] = tfds.as_numpy(loaded)
    if name == "celeba":
        form, order, labels = "zip", "own", _write_zip(examples, out)
    else:
        form, (order, labels) = "arrays", _write_arrays(list(examples), out, dataset_spec(name), split)
    with atomic_write(out / "labels.npy") as handle:
        np.save(handle, np.asarray(labels, np.int64))
    fields = {"dataset": name, "split": split, "source": "tfds", "form": form, "count": len(labels), "order": order}
    write_note(out, ExportNote.model_validate(fields))


def _write_arrays(rows: list[dict[str, Any]], out: Path, spec: DatasetSpec, split: str) -> tuple[str, list[int]]:
    """Write images.npy; returns whose order it has ("published" or "own") and the labels."""
    order = "own"
    if "id" in rows[0]:  # b"train_00017": the published number
        rows, order = sorted(rows, key=lambda row: row["id"]), "published"
    elif _is_published(restored := _unshuffled(rows, split), spec, split):
        rows, order = restored, "published"
    with atomic_write(out / "images.npy") as handle:
        np.save(handle, np.stack([row["image"] for row in rows]).astype(np.uint8))
    return order, [int(row["label"]) for row in rows]


def _unshuffled(rows: list[dict[str, Any]], split: str) -> list[dict[str, Any]]:
    """Undo TFDS' shuffling of examples whose keys are their numbers (`tensorflow_datasets.core.hashing.Hasher`)."""
    digests = [hashlib.md5(f"{split}{number}".encode(), usedforsecurity=False).digest() for number in range(len(rows))]
    restored = list(rows)
    for row, number in zip(rows, sorted(range(len(rows)), key=lambda number: digests[number]), strict=True):
        restored[number] = row
    return restored


def _is_published(rows: list[dict[str, Any]], spec: DatasetSpec, split: str) -> bool:
    """Whether images and labels, written as IDX files, have the published checksums."""
    images = np.stack([row["image"] for row in rows])[..., 0]
    labels = np.array([row["label"] for row in rows], np.uint8)
    for array, file in zip((images, labels), spec.files[split], strict=True):
        header = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
        if hashlib.md5(header + array.tobytes(), usedforsecurity=False).hexdigest() != file.md5:
            return False
    return True


def _write_zip(examples: Iterable[dict[str, Any]], out: Path) -> list[int]:
    labels = []
    with atomic_write(out / "images.zip") as handle, zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
        for number, row in enumerate(examples):
            archive.writestr(f"{number:08d}.jpg", row["image"])
            labels.append(int(row["attributes"]["Smiling"]))
    return labels


if __name__ == "__main__":
    sys.exit(run_export(export, "tfds"))
