"""Export a data set through tensorflow-datasets, run in a process of its own by `benchmarks.data_sources`.

TFDS shuffles when it prepares. CIFAR-10 keeps the published number of each picture and is put back in order; for the
others the order stays TFDS' own, and the export says so. CelebA's JPEG files are copied undecoded, so that one decoder
(Pillow) serves all sources.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from common.data.export import ExportNote, write_note
from common.files import atomic_write

_NAMES = {"mnist": "mnist", "fashion-mnist": "fashion_mnist", "cifar10": "cifar10", "celeba": "celeb_a"}
_SPLITS = {"train": "train", "valid": "validation", "test": "test"}


def export(name: str, split: str, out: Path, root: Path, download: bool) -> None:
    """Write images.npy (celeba: images.zip) and labels.npy of one split.

    Raises:
        Exception: TFDS' own, if its files are missing or a download fails.
        SystemExit: with a sentence, for a data set that is not offered here.
    """
    if name not in _NAMES:
        sys.exit(f"tensorflow-datasets is used for {', '.join(_NAMES)} only, not for {name}")
    tfds: Any = importlib.import_module("tensorflow_datasets")
    decoders = {"image": tfds.decode.SkipDecoding()} if name == "celeba" else None
    loaded = tfds.load(_NAMES[name], split=_SPLITS[split], data_dir=str(root), download=download, decoders=decoders)
    examples: Iterable[dict[str, Any]] = tfds.as_numpy(loaded)
    labels = _write_zip(examples, out) if name == "celeba" else _write_arrays(examples, out)
    with atomic_write(out / "labels.npy") as handle:
        np.save(handle, np.asarray(labels, np.int64))
    form, order = ("zip", "own") if name == "celeba" else ("arrays", "published" if name == "cifar10" else "own")
    write_note(
        out,
        ExportNote.model_validate(
            {"dataset": name, "split": split, "source": "tfds", "form": form, "count": len(labels), "order": order}
        ),
    )


def _write_arrays(examples: Iterable[dict[str, Any]], out: Path) -> list[int]:
    rows = list(examples)
    if rows and "id" in rows[0]:  # b"train_00017": the published number
        rows.sort(key=lambda row: row["id"])
    with atomic_write(out / "images.npy") as handle:
        np.save(handle, np.stack([row["image"] for row in rows]).astype(np.uint8))
    return [int(row["label"]) for row in rows]


def _write_zip(examples: Iterable[dict[str, Any]], out: Path) -> list[int]:
    labels = []
    with atomic_write(out / "images.zip") as handle, zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
        for number, row in enumerate(examples):
            archive.writestr(f"{number:08d}.jpg", row["image"])
            labels.append(int(row["attributes"]["Smiling"]))
    return labels


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
