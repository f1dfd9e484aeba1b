"""Parcels: what a cell's folder holds, and prepared data sets, as bytes that travel between machines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.results.cell_folder import CellFolder
from common.data.cache import Entry, cache_root, locked
from common.data.loading import load_dataset, plan_entry
from common.files import atomic_write
from common.specs.cell import Cell

_PIECE_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Piece:
    """A part of a file of a cell's folder; `last` completes the file."""

    name: str
    data: bytes
    last: bool


def pieces(folder: CellFolder, stderr_begin: int = 0) -> Iterator[Piece]:
    """What a worker left behind, in pieces: all files but the cell itself, its events, which travel by themselves, and
    checkpoints. Of stderr.log only what was written from byte `stderr_begin` on. The file that says that a training
    has ended comes last, so that whoever has it has everything.
    """
    ends = (folder.result_file, folder.diverged_file)
    left_out = (folder.cell_file, folder.events_file, *ends)
    files = [path for path in sorted(folder.path.rglob("*")) if path.is_file() and path not in left_out]
    files = [path for path in files if not path.is_relative_to(folder.checkpoints)]
    for path in [*files, *(end for end in ends if end.is_file())]:
        begin = stderr_begin if path == folder.stderr_file else 0
        yield from _pieces_of(path, str(path.relative_to(folder.path)), begin)


def _pieces_of(path: Path, name: str, begin: int) -> Iterator[Piece]:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(begin)
        while True:
            data = file.read(_PIECE_BYTES)
            last = file.tell() >= size or not data
            yield Piece(name, data, last)
            if last:
                return


class Inbox:
    """Writes pieces as they arrive; a file gets its name when it is whole."""

    def __init__(self, folder: CellFolder) -> None:
        self._folder, self._arriving = folder, folder.path / ".arriving"
        shutil.rmtree(self._arriving, ignore_errors=True)

    def take(self, piece: Piece) -> None:
        """Write a piece; those of one file come in order, one file after the other.

        Raises:
            OSError: it cannot be written.
        """
        target = self._folder.path / piece.name
        if target == self._folder.stderr_file:  # attempts follow each other there
            with target.open("ab") as log:
                log.write(piece.data)
            return
        arriving = self._arriving / piece.name
        arriving.parent.mkdir(parents=True, exist_ok=True)
        with arriving.open("ab") as file:
            file.write(piece.data)
            if piece.last:
                file.flush()
                os.fsync(file.fileno())
        if piece.last:
            target.parent.mkdir(parents=True, exist_ok=True)
            arriving.replace(target)

    def close(self) -> None:
        """Forget what is not whole."""
        shutil.rmtree(self._arriving, ignore_errors=True)


@dataclass(frozen=True)
class DataParcel:
    """A prepared data set: where it lies in a cache, and the bytes of its files by name."""

    entry: Entry
    files: dict[str, bytes]


def data_entry(cell: Cell, data_dir: Path | None, cache_dir: Path | None) -> Entry:
    """Where the training images of `cell` lie in this machine's cache; prepares them if need be.

    Raises:
        BadInput, GanbenchError: as `load_dataset`.
    """
    size, resize = cell.training.image_size, cell.training.resize
    dataset = load_dataset(cell.dataset, image_size=size, resize=resize, data_dir=data_dir, cache_dir=cache_dir)
    _, entry = plan_entry(cell.dataset, image_size=size, resize=resize, cache_dir=cache_dir)
    return replace(entry, variant=dataset.manifest.variant)


def pack_data(entry: Entry) -> DataParcel:
    """The files of a prepared data set."""
    paths = (entry.images_path, entry.labels_path, entry.manifest_path)
    return DataParcel(entry, {path.name: path.read_bytes() for path in paths if path.is_file()})


def has_data(entry: Entry, cache_dir: Path | None) -> bool:
    """Whether this machine's cache has a data set that another machine has at `entry`."""
    return replace(entry, root=cache_root(cache_dir)).manifest_path.is_file()


def unpack_data(parcel: DataParcel, cache_dir: Path | None) -> None:
    """Put a data set into this machine's cache, unless another process just did.

    Raises:
        GanbenchError: the cache cannot be written.
    """
    entry = replace(parcel.entry, root=cache_root(cache_dir))
    with locked(entry):
        if entry.manifest_path.is_file():
            return
        manifest = entry.manifest_path.name
        for name in sorted(parcel.files, key=lambda name: name == manifest):  # it makes the others count
            with atomic_write(entry.folder / name) as file:
                file.write(parcel.files[name])
