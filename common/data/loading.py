"""`load_dataset`: the one call by which training, judge and command line get their real images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from common.data.cache import Entry, Manifest, cache_root, locked, open_entry
from common.data.embedded import open_mnist_5k
from common.data.idx import open_idx
from common.data.prepare import Progress, prepare_entry
from common.data.raw import Labels, Pixels, RawSplit
from common.data.resize import check_image_size, parse_policy
from common.errors import BadInput, unknown_name
from common.specs.datasets import DatasetSpec, dataset_spec


@dataclass(frozen=True)
class Dataset:
    """One prepared split, read from disk as it is used.

    `images` is a read-only memory map, uint8 (n, size, size, channels); `labels` int64 (n,) or None; `sha256`
    identifies the whole split's pixels and labels (also when `max_images` shows only its beginning).
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
    progress: Progress | None = None,
) -> Dataset:
    """Open a split of a data set from the cache, preparing it first if need be.

    Args:
        name: a name of `common.specs.datasets.DATASETS`.
        image_size: side in pixels, 4 * 2^k; None is the data set's default.
        split: "train" or "test".
        data_dir: where the data set's own files lie; needed once, and only if they are not in the cache.
        cache_dir: see `cache_root`.
        max_images: use only the first so many.
        resize: a policy's name; None is the data set's default (see `common.data.resize`).
        progress: called with (done, total) while preparing.

    Raises:
        BadInput: unknown name, split, size or policy, or files that are missing or cannot be used.
        GanbenchError: the cache is damaged or cannot be written.
    """
    spec = dataset_spec(name)
    if split not in spec.splits:
        raise unknown_name(f"split of {name}", split, spec.splits)
    if max_images is not None and max_images < 1:
        raise BadInput(f"max_images is {max_images}: give at least 1, or leave it out for all images.")
    size = check_image_size(spec.image_size if image_size is None else image_size)
    policy = parse_policy(resize or spec.resize)
    entry = Entry(cache_root(cache_dir), spec.name, split, size, str(policy))
    manifest, images, labels = _open_or_prepare(entry, spec, data_dir, progress)
    return Dataset(spec, split, images[:max_images], None if labels is None else labels[:max_images], manifest)


def _open_or_prepare(
    entry: Entry, spec: DatasetSpec, data_dir: Path | str | None, progress: Progress | None
) -> tuple[Manifest, Pixels, Labels | None]:
    opened = open_entry(entry)
    if opened is not None:
        return opened
    with locked(entry):
        if (opened := open_entry(entry)) is None:  # another process may have prepared it while this one waited
            prepare_entry(entry, spec, open_raw(spec, entry.split, data_dir), progress)
            opened = open_entry(entry)
    assert opened is not None
    return opened


def open_raw(spec: DatasetSpec, split: str, data_dir: Path | str | None) -> RawSplit:
    """The pictures of one split, from wherever the data set has them.

    Raises:
        BadInput: they are not there; the message says how to get them.
    """
    if spec.name == "mnist-5k":
        return open_mnist_5k(split)
    if data_dir is None:
        raise BadInput(f"The data set {spec.name} is not in the cache yet: {spec.how_to_get}.")
    if not Path(data_dir).is_dir():
        raise BadInput(
            f"The data folder {data_dir} does not exist: --data-dir must name the folder that holds {spec.name}."
        )
    return open_idx(spec, split, Path(data_dir))
