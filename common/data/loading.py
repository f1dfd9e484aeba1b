"""`load_dataset`: the one call by which training, judge and command line get their real images."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from common.data.cache import Entry, Manifest, cache_root, find_entries, locked, open_entry
from common.data.prepare import prepare_entry
from common.data.raw import Labels, NotThere, Pixels, RawSplit
from common.data.resize import check_image_size, parse_policy
from common.data.sources import open_raw
from common.errors import BadInput, unknown_name
from common.progress import OnProgress
from common.specs.dataset_spec import DatasetSpec
from common.specs.datasets import dataset_spec, folder_of

Opened = tuple[Manifest, Pixels, Labels | None]


@dataclass(frozen=True)
class Dataset:
    """One prepared split, read from disk as it is used.

    `images` is a read-only memory map, uint8 (n, size, size, channels); `labels` int64 (n,) or None; `sha256`
    identifies the whole split's pixels and labels (also when `max_images` shows only its beginning). `spec.classes` are
    the classes that the labels number, also for a folder of the user's.
    """

    spec: DatasetSpec
    split: str
    images: Pixels
    labels: Labels | None
    manifest: Manifest

    @property
    def sha256(self) -> str:
        """Checksum of the whole prepared split."""
        return self.manifest.sha256

    @property
    def image_size(self) -> int:
        """Side of the images in pixels."""
        return self.manifest.image_size

    def __len__(self) -> int:
        return len(self.images)


def load_dataset(
    name: str,
    *,
    image_size: int | None = None,
    split: str = "train",
    data_dir: Path | str | None = None,
    cache_dir: Path | str | None = None,
    max_images: int | None = None,
    resize: str | None = None,
    source: str = "auto",
    skip_bad: bool = False,
    progress: OnProgress | None = None,
) -> Dataset:
    """Open a split of a data set from the cache, preparing it first if need be. Never uses the network.

    Args:
        name: a name of `common.specs.datasets.DATASETS`, or `folder:PATH`.
        image_size: side in pixels, 4 * 2^k; None is the data set's default.
        split: "train", "valid" or "test", as the data set has them.
        data_dir: where the data set's own files lie; needed once, and only if they are not in the cache.
        cache_dir: see `cache_root`.
        max_images: use only the first so many.
        resize: a policy's name; None is the data set's default (see `common.data.resize`).
        source: which reader (see `common.data.sources.READERS`); anything but `auto` prepares from that reader.
        skip_bad: leave out pictures that cannot be used instead of stopping.
        progress: called with (done, total) while preparing.

    Raises:
        BadInput: unknown name, split, size or policy, or files that are missing or cannot be used.
        GanbenchError: the cache is damaged or cannot be written.
    """
    if max_images is not None and max_images < 1:
        raise BadInput(f"max_images is {max_images}: give at least 1, or leave it out for all images.")
    spec, entry = plan_entry(name, image_size=image_size, split=split, cache_dir=cache_dir, resize=resize)
    opened = None if source != "auto" else _from_cache(entry, spec, data_dir)
    if opened is None:
        raw = _open_or_explain(spec, split, data_dir, source)
        opened = _prepared(replace(entry, variant=raw.variant), spec, raw, progress, skip_bad)
    manifest, images, labels = opened
    spec = spec.model_copy(update={"classes": manifest.classes})
    return Dataset(spec, split, images[:max_images], None if labels is None else labels[:max_images], manifest)


def plan_entry(
    name: str,
    *,
    image_size: int | None = None,
    split: str = "train",
    cache_dir: Path | str | None = None,
    resize: str | None = None,
) -> tuple[DatasetSpec, Entry]:
    """The spec of a data set and where its published pixels would lie in the cache.

    Raises:
        BadInput: unknown name, split, size or policy.
    """
    spec = dataset_spec(name)
    if split not in spec.splits:
        raise unknown_name(f"split of {name}", split, spec.splits)
    size = check_image_size(spec.image_size if image_size is None else image_size)
    policy = parse_policy(resize or spec.resize)
    return spec, Entry(cache_root(cache_dir), _folder_name(spec), split, size, str(policy))


def _folder_name(spec: DatasetSpec) -> str:
    """The data set's folder in the cache; for a path of the user's its last part and a hash of the whole path."""
    path = folder_of(spec)
    if path is None:
        return spec.name
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem)[:40].strip("-")
    return f"folder-{readable}-{hashlib.sha256(str(path).encode(errors='surrogateescape')).hexdigest()[:10]}"


def _from_cache(entry: Entry, spec: DatasetSpec, data_dir: Path | str | None) -> Opened | None:
    """The prepared entry, the published pixels before any variant; None if it is absent or its folder has changed."""
    for candidate in find_entries(entry):
        opened = open_entry(candidate)
        if opened is not None and not _folder_changed(spec, entry.split, data_dir, opened[0]):
            return opened
    return None


def _folder_changed(spec: DatasetSpec, split: str, data_dir: Path | str | None, manifest: Manifest) -> bool:
    """Whether a folder of the user's, if it can be looked at, holds other pictures than were prepared."""
    if not spec.is_local_folder:
        return False
    try:
        return open_raw(spec, split, data_dir).fingerprint != manifest.fingerprint
    except BadInput:
        return False  # not there any more (or not mounted): the cache is what there is


def _open_or_explain(spec: DatasetSpec, split: str, data_dir: Path | str | None, source: str) -> RawSplit:
    try:
        return open_raw(spec, split, data_dir, source)
    except NotThere as error:
        if any(download.mirrors for download in spec.downloads):
            raise NotThere(f"{error} Or let `ganbench data prepare {spec.name}` download it.") from error
        raise


def _prepared(entry: Entry, spec: DatasetSpec, raw: RawSplit, progress: OnProgress | None, skip_bad: bool) -> Opened:
    with locked(entry):
        opened = open_entry(entry)
        if opened is None or opened[0].fingerprint != raw.fingerprint:  # else another process has just prepared it
            prepare_entry(entry, spec, raw, progress, skip_bad=skip_bad)
            opened = open_entry(entry)
    assert opened is not None
    return opened
