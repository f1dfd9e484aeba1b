"""The cache: one folder per data set, split, size and resize policy, that both frameworks read alike.

    CACHE/DATASET/SPLIT-SIZE-POLICY[-VARIANT]/
        images.npy      uint8 (n, size, size, channels)
        labels.npy      int64 (n,), if the data set has labels
        manifest.json   what they are, with checksums; written last, so a folder without it does not count

Checksums: loading compares size and modification time of each array with the manifest, which costs two `stat` calls; if
either differs (a copied cache, a touched file) the array is hashed in full and the manifest's times are renewed. Thus a
file changed by anything but a disk fault is always noticed; `verify_entry` hashes in full and notices those too.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from common.array_files import map_array
from common.data.raw import Labels, Pixels
from common.errors import BadInput, GanbenchError
from common.files import atomic_write, write_text

FORMAT = 1
_LOG = logging.getLogger("ganbench.data")
_HASH_BLOCK = 1 << 24


class ArrayRecord(BaseModel):
    """One cached array: SHA-256 of its data (C order, without the .npy header), file size in bytes, mtime in ns."""

    model_config = ConfigDict(extra="forbid")
    sha256: str
    bytes: int
    mtime_ns: int


class Manifest(BaseModel):
    """What a cache folder holds; `sha256` identifies pixels and labels together and goes into a run's record."""

    model_config = ConfigDict(extra="forbid")
    format: int = FORMAT
    dataset: str
    split: str
    image_size: int
    channels: int
    resize: str
    variant: str
    count: int
    classes: tuple[str, ...]
    origin: str
    fingerprint: str
    skipped: tuple[str, ...] = ()
    images: ArrayRecord
    labels: ArrayRecord | None
    sha256: str


@dataclass(frozen=True)
class Entry:
    """The place of one prepared split in the cache."""

    root: Path
    dataset: str
    split: str
    image_size: int
    resize: str
    variant: str = ""

    @property
    def folder(self) -> Path:
        """The folder that holds the arrays and the manifest."""
        end = f"-{self.variant}" if self.variant else ""
        return self.root / self.dataset / f"{self.split}-{self.image_size}-{self.resize.replace(':', '-')}{end}"

    @property
    def images_path(self) -> Path:
        """images.npy."""
        return self.folder / "images.npy"

    @property
    def labels_path(self) -> Path:
        """labels.npy."""
        return self.folder / "labels.npy"

    @property
    def manifest_path(self) -> Path:
        """manifest.json."""
        return self.folder / "manifest.json"


def cache_root(cache_dir: Path | str | None = None) -> Path:
    """The cache folder: the argument, else $GANBENCH_CACHE, else $XDG_CACHE_HOME/ganbench, else ~/.cache/ganbench."""
    if cache_dir is not None:
        return Path(cache_dir)
    if os.environ.get("GANBENCH_CACHE"):
        return Path(os.environ["GANBENCH_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ganbench"


def find_entries(entry: Entry) -> list[Entry]:
    """The prepared entries that hold this data set, split, size and policy: the entry itself, then its variants."""
    end = len(entry.folder.name) + 1
    found = [entry] if entry.manifest_path.is_file() else []
    for manifest in sorted(entry.folder.parent.glob(f"{entry.folder.name}-*/manifest.json")):
        variant = manifest.parent.name[end:]
        candidate = replace(entry, variant=variant)
        read = read_manifest(candidate)
        if read is not None and (read.variant, read.resize) == (variant, entry.resize):
            found.append(candidate)
    return found


@contextmanager
def locked(entry: Entry) -> Iterator[bool]:
    """Hold the entry's lock; yields True if another process had it first and this one waited.

    The lock belongs to the process (fcntl), so the kernel frees it when its holder dies.
    """
    path = entry.folder.with_name(f".{entry.folder.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        waited = False
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waited = True
            _LOG.warning("Another process is preparing %s %s: waiting for it.", entry.dataset, entry.split)
            lock.acquire()
    except OSError as error:
        raise GanbenchError(
            f"Cannot write to the cache folder {entry.root} ({error.strerror or error}): choose another with "
            "--cache-dir or the variable GANBENCH_CACHE."
        ) from error
    try:
        yield waited
    finally:
        lock.release()


def read_manifest(entry: Entry) -> Manifest | None:
    """The entry's manifest, or None if the entry is absent, unfinished, or of another format version."""
    try:
        return Manifest.model_validate_json(entry.manifest_path.read_bytes())
    except (OSError, ValidationError):
        return None


def open_entry(entry: Entry) -> tuple[Manifest, Pixels, Labels | None] | None:
    """Map the arrays of a prepared entry, checked cheaply (see the module's text); None if it is not prepared.

    Raises:
        GanbenchError: the arrays are not what the manifest says; the message names the folder to delete.
    """
    manifest = read_manifest(entry)
    if manifest is None or manifest.format != FORMAT:
        return None
    images = _map_array(entry, entry.images_path, manifest)
    shape = (manifest.count, entry.image_size, entry.image_size, manifest.channels)
    if images.shape != shape or images.dtype != np.uint8:
        raise _damaged(entry, entry.images_path, f"holds {images.dtype} {images.shape}, not uint8 {shape}")
    labels = None
    if manifest.labels is not None:
        labels = np.array(_map_array(entry, entry.labels_path, manifest))
        if labels.shape != (manifest.count,) or labels.dtype != np.int64:
            raise _damaged(
                entry, entry.labels_path, f"holds {labels.dtype} {labels.shape}, not int64 ({manifest.count},)"
            )
    current = _with_current_times(entry, manifest)
    if current != manifest:
        verify_entry(entry, manifest)
        try_write_manifest(entry, current)
    return manifest, images, labels


def verify_entry(entry: Entry, manifest: Manifest) -> None:
    """Hash both arrays in full.

    Raises:
        GanbenchError: an array's data is not what was prepared.
    """
    for path, record in ((entry.images_path, manifest.images), (entry.labels_path, manifest.labels)):
        if record is not None and _hash_or_none(path) != record.sha256:
            raise _damaged(entry, path, "does not have the checksum it was prepared with")


def _hash_or_none(path: Path) -> str | None:
    try:
        return array_sha256(path)
    except ValueError:  # no header as we write them
        return None


def array_sha256(path: Path) -> str:
    """SHA-256 of an .npy file's data, its header left out.

    The file is read in blocks of 16 MiB, not mapped, so that the process' resident memory stays small.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        np.lib.format.read_magic(handle)
        np.lib.format.read_array_header_1_0(handle)
        while block := handle.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def combined_sha256(images: str, labels: str | None) -> str:
    """The data set's checksum out of its arrays' checksums."""
    return hashlib.sha256(f"{images}\n{labels or '-'}\n".encode()).hexdigest()


def write_manifest(entry: Entry, manifest: Manifest) -> None:
    """Write the manifest, which makes the entry count as prepared; the arrays must be in place."""
    write_text(entry.manifest_path, manifest.model_dump_json(indent=2) + "\n")


def try_write_manifest(entry: Entry, manifest: Manifest) -> None:
    """Renew the manifest if the cache may be written; a read-only cache just stays slower to open."""
    try:
        write_manifest(entry, manifest)
    except GanbenchError:
        return


def save_array(path: Path, array: np.ndarray) -> None:
    """Write `array` as .npy, atomically."""
    with atomic_write(path) as handle:
        np.save(handle, array, allow_pickle=False)


def record_of(path: Path, sha256: str) -> ArrayRecord:
    """The record of an array file that is in place."""
    stat = path.stat()
    return ArrayRecord(sha256=sha256, bytes=stat.st_size, mtime_ns=stat.st_mtime_ns)


def _with_current_times(entry: Entry, manifest: Manifest) -> Manifest:
    labels = None if manifest.labels is None else record_of(entry.labels_path, manifest.labels.sha256)
    return manifest.model_copy(
        update={"images": record_of(entry.images_path, manifest.images.sha256), "labels": labels}
    )


def _map_array(entry: Entry, path: Path, manifest: Manifest) -> np.ndarray:
    if not manifest.count:
        raise _damaged(entry, path, "is empty")
    try:
        return map_array(path)
    except BadInput as error:
        raise _damaged(entry, path, f"cannot be opened ({error})") from error


def _damaged(entry: Entry, path: Path, fault: str) -> GanbenchError:
    return GanbenchError(f"The cached file {path} {fault}: delete the folder {entry.folder} and run the command again.")
