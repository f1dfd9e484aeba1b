"""What `ganbench data list`, `prepare` and `verify` do, without the command line: functions that return table rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.data.sources import FRAMEWORK_SOURCES, run_source
from benchmarks.data.verify import verify_dataset
from benchmarks.results.rows import Row
from common.data.cache import cache_root, find_entries, read_manifest
from common.data.download import download_all
from common.data.loading import Dataset, load_dataset, plan_entry
from common.data.raw import NotThere
from common.data.sources import READERS, needs_place, open_raw
from common.errors import BadInput, unknown_name
from common.progress import OnProgress
from common.specs.dataset_spec import DatasetSpec
from common.specs.datasets import DATASETS

__all__ = ["SOURCES", "list_datasets", "prepare_dataset", "presence", "verify_dataset"]

SOURCES = ("auto", *FRAMEWORK_SOURCES, *READERS[1:-1])


def list_datasets(cache_dir: Path | None = None, data_dir: Path | None = None) -> list[Row]:
    """One row per known data set: name, images, size, channels, classes, licence, present, how_to_get.

    `present` is "prepared", "in DATA_DIR", "built in" or "no".
    """
    rows = []
    for spec in DATASETS.values():
        present = presence(spec.name, cache_dir=cache_dir, data_dir=data_dir)["present"]
        rows.append(
            {
                "name": spec.name,
                "images": " + ".join("?" if count is None else f"{count}" for count in spec.splits.values()),
                "size": spec.image_size,
                "channels": spec.channels,
                "classes": spec.n_classes,
                "licence": spec.licence,
                "present": present,
                "how_to_get": "-" if present != "no" else _how(spec),
            }
        )
    return rows


def presence(
    name: str, *, image_size: int | None = None, cache_dir: Path | None = None, data_dir: Path | None = None
) -> Row:
    """Whether a data set's training images are at hand, and how much there is of them, without preparing anything.

    Returns:
        dataset; size in pixels; present: "prepared", "in DATA_DIR", "there" (folder:PATH), "built in" or "no"; images
        (None: unknown); bytes that the prepared images take on disk (None: unknown).

    Raises:
        BadInput: unknown name or size.
    """
    spec, entry = plan_entry(name, image_size=image_size, cache_dir=cache_dir)
    present, images = "no", spec.splits["train"]
    if manifests := [manifest for found in find_entries(entry) if (manifest := read_manifest(found)) is not None]:
        present, images = "prepared", manifests[0].count
    elif not spec.needs_files:
        present = "built in"
    elif data_dir is not None or not needs_place(spec):
        try:
            images = len(open_raw(spec, "train", data_dir))
            present = f"in {data_dir}" if needs_place(spec) else "there"
        except BadInput:
            pass
    size = None if images is None else images * entry.image_size**2 * spec.channels
    return {"dataset": name, "size": entry.image_size, "present": present, "images": images, "bytes": size}


def prepare_dataset(
    name: str,
    *,
    source: str = "auto",
    place: Path | None = None,
    image_size: int | None = None,
    resize: str | None = None,
    splits: tuple[str, ...] | None = None,
    cache_dir: Path | None = None,
    skip_bad: bool = False,
    download: bool = True,
    python: Path | None = None,
    console: Console | None = None,
) -> list[Row]:
    """Prepare a data set's splits in the cache; what is prepared already is left as it is.

    Args:
        name: a data set's name or `folder:PATH`.
        source: one of `SOURCES`. `auto` tries the cache, then `place`, then files downloaded before, then the network.
        place: the user's folder or file; for torchvision and tfds the folder where they keep their files.
        image_size: side in pixels; None is the data set's default.
        resize: a policy's name; None is the data set's default.
        splits: which splits; None prepares all that there are.
        cache_dir: the cache; None is the usual one.
        skip_bad: leave out pictures that cannot be used.
        download: whether the network may be used.
        python: the interpreter that has torchvision or tensorflow-datasets.
        console: where the progress bar goes; None is standard error.

    Returns:
        one row per split: dataset, split, images, size, resize, classes, skipped, source, sha256, folder.

    Raises:
        BadInput, GanbenchError: as `load_dataset`, and what a source or a download adds.
    """
    spec, _ = plan_entry(name, image_size=image_size, resize=resize)
    if source not in (*SOURCES, *spec.readers):
        raise unknown_name("source", source, SOURCES)
    settings = {"image_size": image_size, "resize": resize, "cache_dir": cache_dir, "skip_bad": skip_bad}
    rows: list[Row] = []
    with _bar(console or Console(stderr=True)) as bar:
        preparation = _Preparation(spec, source, place, download, python, settings, bar)
        for split in splits or tuple(spec.splits):
            try:
                rows.append(_row(preparation.of_split(split)))
            except NotThere:
                if splits or not rows or not spec.is_local_folder:
                    raise  # else it is a folder without, say, valid pictures
    return rows


@dataclass(frozen=True)
class _Preparation:
    """What `prepare_dataset` was asked for, and the bar that shows how far it is."""

    spec: DatasetSpec
    source: str
    place: Path | None
    download: bool
    python: Path | None
    settings: dict[str, Any]
    bar: Progress

    def of_split(self, split: str) -> Dataset:
        """Prepare one split through the source asked for, or through the first that has it."""
        if self.source in FRAMEWORK_SOURCES:
            return self._through_framework(split)
        load = self._loader(split)
        if self.source != "auto":
            return load(source=self.source, data_dir=self.place)
        fetched = self._cache / "downloads" / self.spec.name
        for candidate in (self.place, fetched if fetched.is_dir() else None):
            try:
                return load(data_dir=candidate)
            except NotThere as error:
                absent = error
                if candidate is not None and candidate == self.place:
                    raise  # the user named a folder: do not go elsewhere behind their back
        if not self.download or not needs_place(self.spec) or self.spec.is_local_folder:
            raise absent
        download_all(self.spec, fetched, _task(self.bar, f"{self.spec.name} download", bytes_=True))
        return load(data_dir=fetched)

    def _through_framework(self, split: str) -> Dataset:
        name, root = self.spec.name, self.place or self._cache / "downloads" / self.source
        load, scratch = self._loader(split), self._cache / "exports"
        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            run_source(self.source, name, split, Path(folder), root, download=self.download, python=self.python)
            if self.source == "torchvision" and name == "celeba":
                return load(source="celeba", data_dir=root)
            return load(source="export", data_dir=Path(folder))

    @property
    def _cache(self) -> Path:
        return cache_root(self.settings["cache_dir"])

    def _loader(self, split: str) -> Callable[..., Dataset]:
        report = _task(self.bar, f"{self.spec.name} {split}")
        return partial(load_dataset, self.spec.name, split=split, progress=report, **self.settings)


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar


def _task(bar: Progress, text: str, bytes_: bool = False) -> OnProgress:
    """A progress callback that shows a line once something is done; bytes are shown as kilobytes."""
    unit = 1000 if bytes_ else 1
    task = bar.add_task(text + (" (kB)" if bytes_ else ""), total=None, visible=False)

    def report(done: int, total: int) -> None:
        bar.update(task, completed=done // unit, total=total // unit, visible=True)

    return report


def _how(spec: DatasetSpec) -> str:
    if spec.downloads and all(file.mirrors for file in spec.downloads):
        size = sum(file.size for file in spec.downloads) / 1e6
        return f"ganbench data prepare {spec.name} (downloads {size:.0f} MB)"
    return spec.how_to_get


def _row(data: Dataset) -> Row:
    manifest = data.manifest
    return {
        "dataset": data.spec.name,
        "split": data.split,
        "images": manifest.count,
        "size": manifest.image_size,
        "resize": manifest.resize,
        "classes": len(manifest.classes),
        "skipped": len(manifest.skipped),
        "source": manifest.origin,
        "sha256": manifest.sha256,
    }
