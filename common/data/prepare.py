"""From a source's pictures to a cache entry: decode, fit, write, checksum, and only then declare it prepared."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
from numpy.lib.format import open_memmap

from common.data.cache import (
    Entry,
    Manifest,
    array_sha256,
    combined_sha256,
    record_of,
    save_array,
    write_manifest,
)
from common.data.raw import Pixels, RawSplit
from common.data.resize import fit_square, parse_policy
from common.errors import BadInput, GanbenchError
from common.specs.datasets import DatasetSpec

Progress = Callable[[int, int], None]


def prepare_entry(entry: Entry, spec: DatasetSpec, raw: RawSplit, progress: Progress | None = None) -> Manifest:
    """Write the entry from `raw`; the caller holds the entry's lock.

    Args:
        entry: where to.
        spec: the data set (channels, border).
        raw: the pictures.
        progress: called with (pictures done, pictures in all).

    Raises:
        BadInput: there is no picture, or a picture cannot be used.
        GanbenchError: the cache cannot be written, or the disk is too full.
    """
    if not len(raw):
        raise BadInput(f"{raw.origin} holds no picture: point at a folder or file that does.")
    _check_space(entry, spec, len(raw))
    entry.manifest_path.unlink(missing_ok=True)
    entry.folder.mkdir(parents=True, exist_ok=True)
    part = entry.folder / "images.npy.part"
    shape = (len(raw), entry.image_size, entry.image_size, spec.channels)
    images = open_memmap(part, "w+", np.uint8, shape)
    for index in range(len(raw)):
        images[index] = fit_picture(raw, index, entry, spec)
        if progress is not None and (index + 1) % 500 == 0:
            progress(index + 1, len(raw))
    images.flush()
    del images
    part.replace(entry.images_path)
    if raw.labels is not None:
        save_array(entry.labels_path, np.asarray(raw.labels, np.int64))
    return _declare(entry, spec, raw)


def fit_picture(raw: RawSplit, index: int, entry: Entry, spec: DatasetSpec) -> Pixels:
    """Picture `index` as the cache holds it: uint8 (size, size, channels)."""
    pixels = np.asarray(raw.picture(index), np.uint8)
    square = fit_square(pixels, entry.image_size, parse_policy(entry.resize), spec.border)
    return square.reshape(entry.image_size, entry.image_size, spec.channels)


def _declare(entry: Entry, spec: DatasetSpec, raw: RawSplit) -> Manifest:
    images_sha256 = array_sha256(np.load(entry.images_path, mmap_mode="r"))
    labels_sha256 = None if raw.labels is None else array_sha256(np.asarray(raw.labels, np.int64))
    manifest = Manifest(
        dataset=spec.name,
        split=entry.split,
        image_size=entry.image_size,
        channels=spec.channels,
        resize=entry.resize,
        variant=entry.variant,
        count=len(raw),
        classes=spec.classes,
        origin=raw.origin,
        fingerprint=raw.fingerprint,
        images=record_of(entry.images_path, images_sha256),
        labels=None if labels_sha256 is None else record_of(entry.labels_path, labels_sha256),
        sha256=combined_sha256(images_sha256, labels_sha256),
    )
    write_manifest(entry, manifest)
    return manifest


def _check_space(entry: Entry, spec: DatasetSpec, count: int) -> None:
    needed = count * (entry.image_size**2 * spec.channels + 8)
    entry.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(entry.folder).free
    if free < needed:
        raise GanbenchError(
            f"Preparing {spec.name} at {entry.image_size} pixels needs {needed / 1e6:.0f} MB in {entry.root}, but only "
            f"{free / 1e6:.0f} MB are free: free some, or choose another folder with --cache-dir."
        )
