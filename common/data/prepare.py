"""From a source's pictures to a cache entry: decoded in parallel, block by block, so that memory stays bounded and a
killed preparation goes on where it stopped; the entry counts only when its manifest is written, last of all."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from common.data.cache import Entry, Manifest, combined_sha256, record_of, save_array, write_manifest
from common.data.decode import PictureError, decode, to_channels
from common.data.journal import PartFile
from common.data.raw import Labels, Pixels, RawSplit
from common.data.resize import ResizePolicy, fit_square, parse_policy
from common.errors import BadInput, GanbenchError
from common.files import atomic_write
from common.progress import OnProgress
from common.specs.dataset_spec import DatasetSpec

_BLOCK_BYTES = 32 << 20
_TASK = 32
_VERSION = 1  # of the pixels: raise it when decoding or resizing changes what comes out


@dataclass(frozen=True)
class _Job:
    """Everything that determines the pixels."""

    raw: RawSplit
    size: int
    channels: int
    policy: ResizePolicy
    border: int
    skip_bad: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.size, self.size, self.channels

    @property
    def per_block(self) -> int:
        return max(_TASK, _BLOCK_BYTES // (self.size * self.size * self.channels) // _TASK * _TASK)

    @property
    def key(self) -> str:
        settings = f"{self.shape} {self.policy} {self.border} {self.per_block}"
        return f"{_VERSION} {self.raw.fingerprint} {len(self.raw)} {settings}"


def prepare_entry(
    entry: Entry, spec: DatasetSpec, raw: RawSplit, progress: OnProgress | None = None, *, skip_bad: bool = False
) -> Manifest:
    """Write the entry from `raw`; the caller holds the entry's lock.

    Args:
        entry: where to.
        spec: the data set (channels, border).
        raw: the pictures.
        progress: called with (pictures done, pictures in all), from the calling thread.
        skip_bad: leave out pictures that cannot be used (the manifest lists them) instead of stopping at the first.

    Raises:
        BadInput: there is no usable picture, or one cannot be used.
        GanbenchError: the cache cannot be written, or the disk is too full.
    """
    job = _Job(raw, entry.image_size, spec.channels, parse_policy(entry.resize), spec.border, skip_bad)
    entry.folder.mkdir(parents=True, exist_ok=True)
    entry.manifest_path.unlink(missing_ok=True)
    block_bytes, total_bytes = (count * int(np.prod(job.shape)) for count in (job.per_block, len(raw)))
    part = PartFile(entry.folder, job.key, _header(len(raw), job), block_bytes, total_bytes)
    try:
        _check_space(entry, spec, total_bytes - len(part.journal.blocks) * block_bytes)
        _fill(part, job, progress)
        manifest = _finish(entry, spec, job, part)
        part.remove()
    finally:
        part.close()
    return manifest


def fit_picture(raw: RawSplit, index: int, size: int, channels: int, policy: ResizePolicy, border: int) -> Pixels:
    """Picture `index` as the cache holds it: uint8 (size, size, channels).

    Raises:
        PictureError: it cannot be used; the message is the reason.
    """
    try:
        picture = raw.picture(index)
    except BadInput as error:
        raise PictureError(str(error)) from error
    fitted: Image.Image | Pixels = (
        decode(picture, channels)
        if isinstance(picture, bytes)
        else to_channels(np.asarray(picture, np.uint8), channels)
    )
    return fit_square(fitted, size, policy, border).reshape(size, size, channels)


def _fill(part: PartFile, job: _Job, progress: OnProgress | None) -> None:
    """Make the blocks that are not on disk yet; the next one is being decoded while one is written."""
    workers = min(8, len(os.sched_getaffinity(0)))
    first = len(part.journal.blocks) * job.per_block
    _stop_at_bad({number: why for block in part.journal.blocks for number, why in block.bad.items()}, job)
    with ThreadPoolExecutor(workers, thread_name_prefix="prepare") as pool:
        starts = range(first, len(job.raw), job.per_block)
        begun = (_Block.begin(start, job, pool) for start in starts)
        try:
            for block in _one_ahead(begun):
                bad: dict[int, str] = {}
                for end, faults in block.results:
                    bad |= faults.result()
                    _stop_at_bad(bad, job)
                    if progress is not None:
                        progress(end, len(job.raw))
                part.append(block.pixels, bad)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an error or Ctrl-C need not wait for the next block
            raise


@dataclass(frozen=True)
class _Block:
    """Pixels that threads are filling: per task, the number of the picture behind its last, and its faults."""

    pixels: Pixels
    results: list[tuple[int, Future[dict[int, str]]]]

    @classmethod
    def begin(cls, start: int, job: _Job, pool: Executor) -> _Block:
        stop = min(start + job.per_block, len(job.raw))
        pixels = np.zeros((stop - start, *job.shape), np.uint8)
        results = []
        for at in range(start, stop, _TASK):
            rows = pixels[at - start : at - start + _TASK]
            results.append((at + len(rows), pool.submit(_make, rows, at, job)))
        return cls(pixels, results)


def _one_ahead(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """The same blocks, each handed out only after the next one has begun."""
    current = next(blocks, None)
    while current is not None:
        following = next(blocks, None)
        yield current
        current = following


def _make(rows: Pixels, first: int, job: _Job) -> dict[int, str]:
    """Fill `rows` with the pictures from number `first` on; returns number -> reason of the unusable ones."""
    bad = {}
    for offset in range(len(rows)):
        index = first + offset
        try:
            rows[offset] = fit_picture(job.raw, index, job.size, job.channels, job.policy, job.border)
        except PictureError as error:
            bad[index] = str(error)
    return bad


def _stop_at_bad(bad: dict[int, str], job: _Job) -> None:
    if bad and not job.skip_bad:
        number, why = next(iter(bad.items()))
        raise BadInput(
            f"{job.raw.name(number)} cannot be used ({why}): replace or delete it, or add --skip-bad to leave out and "
            "count such pictures."
        )


def _finish(entry: Entry, spec: DatasetSpec, job: _Job, part: PartFile) -> Manifest:
    """Move the pixels into images.npy, write the labels, and declare the entry prepared."""
    bad = {number: why for block in part.journal.blocks for number, why in block.bad.items()}
    good = np.array([number for number in range(len(job.raw)) if number not in bad], np.int64)
    if not len(good):
        raise BadInput(
            f"None of the {len(job.raw)} pictures of {job.raw.origin} can be used ({next(iter(bad.values()))})."
        )
    images_sha256 = _write_images(entry, job, part, good)
    labels: Labels | None = None if job.raw.labels is None else np.asarray(job.raw.labels, np.int64)[good]
    labels_sha256 = None
    if labels is not None:
        save_array(entry.labels_path, labels)
        labels_sha256 = hashlib.sha256(labels.astype("<i8").tobytes()).hexdigest()
    manifest = Manifest(
        dataset=spec.name,
        split=entry.split,
        image_size=entry.image_size,
        channels=spec.channels,
        resize=entry.resize,
        variant=entry.variant,
        count=len(good),
        classes=job.raw.classes,
        origin=job.raw.origin,
        fingerprint=job.raw.fingerprint,
        skipped=tuple(f"{job.raw.name(number)}: {why}" for number, why in sorted(bad.items())),
        images=record_of(entry.images_path, images_sha256),
        labels=None if labels_sha256 is None else record_of(entry.labels_path, labels_sha256),
        sha256=combined_sha256(images_sha256, labels_sha256),
    )
    write_manifest(entry, manifest)
    return manifest


def _write_images(entry: Entry, job: _Job, part: PartFile, good: Labels) -> str:
    """Put images.npy in place, without the bad pictures; returns the SHA-256 of the pixels."""
    digest = hashlib.sha256()
    if len(good) == len(job.raw):
        for block in part.blocks():
            digest.update(block.data)
        part.close()
        part.pixels_path.replace(entry.images_path)
        return digest.hexdigest()
    keep = np.zeros(len(job.raw), bool)
    keep[good] = True
    with atomic_write(entry.images_path) as handle:
        handle.write(_header(len(good), job))
        for number, block in enumerate(part.blocks()):
            pixels = block.reshape(-1, *job.shape)
            kept = np.ascontiguousarray(pixels[keep[number * job.per_block :][: len(pixels)]])
            digest.update(kept.data)
            handle.write(kept.data)
    return digest.hexdigest()


def _header(count: int, job: _Job) -> bytes:
    """The .npy header of `count` pictures."""
    buffer = io.BytesIO()
    fields = {"descr": "|u1", "fortran_order": False, "shape": (count, *job.shape)}
    np.lib.format.write_array_header_1_0(buffer, fields)
    return buffer.getvalue()


def _check_space(entry: Entry, spec: DatasetSpec, needed: int) -> None:
    free = shutil.disk_usage(entry.folder).free
    if free < needed:
        raise GanbenchError(
            f"Preparing {spec.name} at {entry.image_size} pixels needs {needed / 1e6:.0f} MB in {entry.root}, but only "
            f"{free / 1e6:.0f} MB are free: free some, or choose another folder with --cache-dir."
        )
