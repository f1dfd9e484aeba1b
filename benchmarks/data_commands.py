"""What `ganbench data list`, `prepare` and `verify` do, without the command line: functions that return table rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.data_check import verify_dataset
from benchmarks.data_sources import FRAMEWORK_SOURCES, run_source
from common.data.cache import cache_root, find_entries, read_manifest
from common.data.download import download_all
from common.data.loading import Dataset, load_dataset, plan_entry
from common.data.prepare import Progress as Report
from common.data.raw import NotThere
from common.data.sources import BUILT_IN, READERS, needs_place, open_raw
from common.errors import BadInput, unknown_name
from common.specs.dataset_spec import DatasetSpec
from common.specs.datasets import DATASETS

__all__ = ["SOURCES", "list_datasets", "prepare_dataset", "presence", "verify_dataset"]

Row = dict[str, Any]
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
    elif spec.readers[0] in BUILT_IN:
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
    if source not in SOURCES:
        raise unknown_name("source", source, SOURCES)
    spec, _ = plan_entry(name, image_size=image_size, resize=resize)
    rows: list[Row] = []
    with _bar(console or Console(stderr=True)) as bar:
        for split in splits or tuple(spec.splits):
            options: dict[str, Any] = {
                "split": split,
                "image_size": image_size,
                "resize": resize,
                "cache_dir": cache_dir,
                "skip_bad": skip_bad,
            }
            try:
                data = _prepare_split(spec, source, place, download, python, bar, options)
            except NotThere:
                if splits or not rows or not spec.is_local_folder:
                    raise
                continue  # a folder without, say, valid pictures
            rows.append(_row(data))
    return rows


def _prepare_split(
    spec: DatasetSpec,
    source: str,
    place: Path | None,
    download: bool,
    python: Path | None,
    bar: Progress,
    options: dict[str, Any],
) -> Dataset:
    split = options["split"]
    if source in FRAMEWORK_SOURCES:
        return _through_framework(spec, source, place, download, python, bar, options)
    report = _task(bar, f"{spec.name} {split}")
    if source != "auto":
        return load_dataset(spec.name, source=source, data_dir=place, progress=report, **options)
    fetched = cache_root(options["cache_dir"]) / "downloads" / spec.name
    for candidate in (place, fetched if fetched.is_dir() else None):
        try:
            return load_dataset(spec.name, data_dir=candidate, progress=report, **options)
        except NotThere as error:
            absent = error
            if candidate is not None and candidate == place:
                raise  # the user named a folder: do not go elsewhere behind their back
    if not download or not needs_place(spec) or spec.is_local_folder:
        raise absent
    download_all(spec, fetched, _task(bar, f"{spec.name} download", bytes_=True))
    return load_dataset(spec.name, data_dir=fetched, progress=report, **options)


def _through_framework(
    spec: DatasetSpec,
    source: str,
    place: Path | None,
    download: bool,
    python: Path | None,
    bar: Progress,
    options: dict[str, Any],
) -> Dataset:
    split = options["split"]
    root = place or cache_root(options["cache_dir"]) / "downloads" / source
    report = _task(bar, f"{spec.name} {split}")
    scratch = cache_root(options["cache_dir"]) / "exports"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        run_source(source, spec.name, split, Path(folder), root, download=download, python=python)
        if source == "torchvision" and spec.name == "celeba":
            return load_dataset(spec.name, source="celeba", data_dir=root, progress=report, **options)
        return load_dataset(spec.name, source="export", data_dir=Path(folder), progress=report, **options)


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


def _task(bar: Progress, text: str, bytes_: bool = False) -> Report:
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
