"""MNIST's own file format (IDX: magic number, sizes, bytes), zipped or not, checked before it is believed.

Format: two zero bytes, a type byte (0x08: uint8), the number of dimensions, one big-endian uint32 per dimension, then
the data (LeCun, Cortes, Burges, "The MNIST database", section "File formats").
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from common.data.decode import looks_like_html
from common.data.places import find_file
from common.data.raw import ArraySplit, NotThere, Pixels
from common.errors import BadInput
from common.specs.dataset_spec import DatasetSpec, KnownFile
from common.specs.datasets import DATASETS

_UINT8 = 0x08
_LARGEST_FILE = 1 << 29


def open_idx(spec: DatasetSpec, split: str, data_dir: Path) -> ArraySplit:
    """One split of an MNIST-like data set from the IDX files in `data_dir` (or its usual sub-folders).

    Returns:
        images uint8 (n, 28, 28) and labels int64 (n,).

    Raises:
        NotThere: a file is missing.
        BadInput: a file is broken, not the published one, or images and labels do not belong together.
    """
    images_file, labels_file = spec.files[split]
    images_path = find_idx(data_dir, images_file.name, spec)
    labels_path = find_idx(data_dir, labels_file.name, spec)
    images = _read_known(images_path, 3, images_file, spec)
    labels = _read_known(labels_path, 1, labels_file, spec).astype(np.int64)
    if len(images) != len(labels):
        raise BadInput(
            f"{images_path} holds {len(images)} images but {labels_path} {len(labels)} labels: get both again."
        )
    if len(labels) and labels.max() >= spec.n_classes:
        raise BadInput(f"{labels_path} holds label {labels.max()}, but {spec.name} has {spec.n_classes} classes.")
    fingerprint = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    return ArraySplit(images, labels, spec.classes, fingerprint, origin=str(images_path))


def find_idx(data_dir: Path, name: str, spec: DatasetSpec) -> Path:
    """The IDX file `name` below `data_dir`, zipped or not, in one of the usual folders.

    Raises:
        NotThere: no such file; the message names the folder and the file.
    """
    dotted = name.replace("-idx", ".idx")
    path = find_file(data_dir, spec, name, f"{name}.gz", dotted, f"{dotted}.gz")
    if path is None:
        raise NotThere(f"No file {name} or {name}.gz in {data_dir}: put it there, or point --data-dir at its folder.")
    return path


def _read_known(path: Path, dimensions: int, known: KnownFile, spec: DatasetSpec) -> Pixels:
    array, md5 = _read(path, dimensions)
    if known.md5 and md5 != known.md5:
        raise BadInput(
            f"{path} is not the published {spec.name} file {known.name} (md5 of the unzipped bytes {md5}, "
            f"should be {known.md5}): get it again."
        )
    owner = _owner(md5) or spec.name
    if owner != spec.name:
        raise BadInput(f"{path} is the file of {owner}, not of {spec.name}: point --data-dir at the right folder.")
    return array


def _owner(md5: str) -> str | None:
    """The data set that published the file with this checksum, if it is one of ours."""
    files = ((spec.name, file) for spec in DATASETS.values() for files in spec.files.values() for file in files)
    return next((name for name, file in files if file.md5 == md5), None)


def _read(path: Path, dimensions: int) -> tuple[Pixels, str]:
    """The uint8 array of an IDX file, zipped or not (recognised by content, not by name), and its unzipped bytes' MD5.

    Raises:
        BadInput: not an IDX file of uint8 with that many dimensions, cut off, too long, or a broken zip.
    """
    try:
        with open(path, "rb") as handle:
            start = handle.read(512)
            handle.seek(0)
            if start[:2] == b"\x1f\x8b":
                with gzip.open(handle) as unzipped:
                    return _parse(unzipped, path, dimensions)
            _refuse_html(start, path)
            return _parse(handle, path, dimensions)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{path} is a damaged or half-downloaded gzip file ({error}): get it again.") from error
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror or error}.") from error


def _refuse_html(start: bytes, path: Path) -> None:
    if looks_like_html(start):
        raise BadInput(f"{path} is a web page, not an IDX file: the download was refused, get the file again.")


def _parse(handle: IO[bytes] | gzip.GzipFile, path: Path, dimensions: int) -> tuple[Pixels, str]:
    header = handle.read(4 + 4 * dimensions)
    _refuse_html(header, path)
    if len(header) < 4:
        raise BadInput(f"{path} is cut off: {len(header)} bytes do not even hold the magic number; get it again.")
    magic = int.from_bytes(header[:4], "big")
    expected_magic = (_UINT8 << 8) | dimensions
    if magic != expected_magic:
        raise BadInput(
            f"{path} starts with the number {magic:#010x}, an IDX file of {'images' if dimensions == 3 else 'labels'} "
            f"starts with {expected_magic:#010x}: it is another kind of file."
        )
    if len(header) < 4 + 4 * dimensions:
        raise BadInput(f"{path} is cut off inside its header: get it again.")
    shape = struct.unpack(f">{dimensions}I", header[4:])
    length = math.prod(shape)
    if length > _LARGEST_FILE:
        raise BadInput(f"{path} claims to hold an array of {shape}, which no MNIST-like file does: get it again.")
    data = handle.read(length + 1)
    if len(data) != length:
        fault = f"ends after {len(data)}" if len(data) < length else f"goes on after {length}"
        raise BadInput(f"{path} {fault} of the {length} data bytes its header announces: get it again.")
    return np.frombuffer(data, np.uint8).reshape(shape), hashlib.md5(header + data, usedforsecurity=False).hexdigest()
