"""CIFAR-10 as it is published: five Python batches (or five binary ones) and a test batch, in a folder or its .tar.gz.

Python batch: a pickled dict with `data` uint8 (10000, 3072), planes red, green, blue, and `labels`. Binary batch: per
image one label byte and 3,072 pixel bytes (Krizhevsky 2009, dataset page). Pickles can run code, so they are never
unpickled (`common.data.batch_file`).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, cast

import numpy as np

from common.data.batch_file import read_batch
from common.data.decode import looks_like_html
from common.data.places import find_file
from common.data.raw import ArraySplit, Labels, NotThere, Pixels
from common.errors import BadInput
from common.specs.dataset_spec import DatasetSpec, KnownFile

_PLANES = 3 * 32 * 32
_MAX_MEMBER = 64 << 20
_MAX_ARCHIVE = 1 << 30  # unpacked; the published one has 180 MB
Parser = Callable[[bytes, str], tuple[Pixels, Labels]]


def open_cifar_python(spec: DatasetSpec, split: str, data_dir: Path) -> ArraySplit:
    """One split from data_batch_1..5 / test_batch, or cifar-10-python.tar.gz.

    Returns:
        images uint8 (n, 32, 32, 3) and labels int64 (n,), in the published order.

    Raises:
        NotThere: neither the batches nor the archive are in `data_dir`.
        BadInput: a batch is missing, damaged, or not the published one.
    """
    return _open(spec, split, data_dir, "cifar-10-python.tar.gz", spec.files[split], _parse_python)


def open_cifar_binary(spec: DatasetSpec, split: str, data_dir: Path) -> ArraySplit:
    """As `open_cifar_python`, from data_batch_1..5.bin / test_batch.bin or cifar-10-binary.tar.gz."""
    files = tuple(KnownFile(name=file.name + ".bin") for file in spec.files[split])
    return _open(spec, split, data_dir, "cifar-10-binary.tar.gz", files, _parse_binary)


def _open(
    spec: DatasetSpec, split: str, data_dir: Path, archive: str, files: tuple[KnownFile, ...], parse: Parser
) -> ArraySplit:
    if find_file(data_dir, spec, files[0].name):
        contents, origin = _from_folder(spec, data_dir, files)
    elif (path := find_file(data_dir, spec, archive)) is not None:
        contents, origin = _from_archive(path, files)
    else:
        raise NotThere(f"Neither {files[0].name} nor {archive} is in {data_dir}.")
    parts = []
    for file in files:
        where = f"{file.name} in {origin}"
        md5 = hashlib.md5(contents[file.name], usedforsecurity=False).hexdigest()
        if file.md5 and md5 != file.md5:
            raise BadInput(f"{where} is not the published batch (md5 {md5}, should be {file.md5}): get it again.")
        parts.append(parse(contents[file.name], where))
    images = np.concatenate([part[0] for part in parts])
    labels = np.concatenate([part[1] for part in parts])
    if labels.max() >= spec.n_classes or labels.min() < 0:
        raise BadInput(f"{origin} holds labels beyond the {spec.n_classes} classes of {spec.name}: get it again.")
    fingerprint = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    return ArraySplit(images, labels, spec.classes, fingerprint, origin)


def _from_folder(spec: DatasetSpec, data_dir: Path, files: tuple[KnownFile, ...]) -> tuple[dict[str, bytes], str]:
    contents = {}
    for file in files:
        path = find_file(data_dir, spec, file.name)
        if path is None:
            raise BadInput(
                f"{file.name} is missing beside the other CIFAR-10 batches in {data_dir}: unpack all of them."
            )
        try:
            contents[file.name] = path.read_bytes()
        except OSError as error:
            raise BadInput(f"Cannot read {path}: {error.strerror or error}.") from error
    return contents, str(path.parent) if path else str(data_dir)


def _from_archive(path: Path, files: tuple[KnownFile, ...]) -> tuple[dict[str, bytes], str]:
    """The batches' bytes, read out of the archive in memory."""
    wanted = {file.name for file in files}
    contents: dict[str, bytes] = {}
    try:
        with open(path, "rb") as handle:
            start = handle.read(512)
            if looks_like_html(start):
                raise BadInput(f"{path} is a web page, not an archive: the download was refused, get the file again.")
            handle.seek(0)
            unpacked = gzip.GzipFile(fileobj=handle) if start[:2] == b"\x1f\x8b" else handle
            with tarfile.open(fileobj=cast(IO[bytes], _Bounded(unpacked)), mode="r|") as archive:
                for member in archive:
                    name = PurePosixPath(member.name).name
                    if name in wanted and member.isfile() and member.size <= _MAX_MEMBER:
                        stream = archive.extractfile(member)
                        contents[name] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, TypeError, IndexError) as error:
        raise BadInput(f"{path} is damaged or half-downloaded ({error}): get it again.") from error
    if missing := sorted(wanted - set(contents)):
        raise BadInput(f"{path} lacks {missing[0]}: it is not the CIFAR-10 archive, or not all of it; get it again.")
    return contents, str(path)


class _Bounded:
    """A stream that refuses to go on beyond what an honest archive unpacks to."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream, self._left = stream, _MAX_ARCHIVE

    def read(self, size: int) -> bytes:
        """At most `size` bytes.

        Raises:
            ValueError: it unpacks to more than it may.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {_MAX_ARCHIVE >> 20} MB")
        return data


def _parse_python(data: bytes, where: str) -> tuple[Pixels, Labels]:
    try:
        batch = read_batch(data)
        pixels, labels = batch[b"data"].pixels(), np.array([int(label) for label in batch[b"labels"]], np.int64)
    except Exception as error:  # unknown bytes can raise anything
        raise BadInput(f"{where} is not a CIFAR-10 Python batch ({error}): get it again.") from error
    if pixels.ndim != 2 or pixels.shape[1] != _PLANES or not len(pixels) or len(labels) != len(pixels):
        raise BadInput(f"{where} holds an array of {pixels.shape} with {len(labels)} labels: not a CIFAR-10 batch.")
    return _channels_last(pixels), labels


def _parse_binary(data: bytes, where: str) -> tuple[Pixels, Labels]:
    if not data or len(data) % (1 + _PLANES):
        raise BadInput(f"{where} is {len(data)} bytes long, not a multiple of 3073: it is cut off, get it again.")
    rows = np.frombuffer(data, np.uint8).reshape(-1, 1 + _PLANES)
    return _channels_last(rows[:, 1:]), rows[:, 0].astype(np.int64)


def _channels_last(planes: Pixels) -> Pixels:
    return np.ascontiguousarray(planes.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
