"""What `ganbench data verify` does: full checksums, counts per class, duplicates, and a contact sheet to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.results.rows import Row
from common.data.cache import Entry, find_entries, open_entry, verify_entry
from common.data.loading import Dataset, plan_entry
from common.errors import BadInput
from common.images import grid, save_png
from common.specs.dataset_spec import DatasetSpec

_SHEET_COLUMNS = 10


def verify_dataset(
    name: str,
    *,
    image_size: int | None = None,
    resize: str | None = None,
    cache_dir: Path | None = None,
    sheet: Path | None = None,
) -> list[Row]:
    """Hash a prepared data set in full, count what it holds, and draw a contact sheet per split.

    Args:
        name: a data set's name or `folder:PATH`.
        image_size: side in pixels; None is the data set's default.
        resize: a policy's name; None is the data set's default.
        cache_dir: the cache; None is the usual one.
        sheet: folder for the contact sheets NAME-SPLIT-SIZE-POLICY.png; None is `sheets` in the cache.

    Returns:
        one row per prepared split: dataset, split, images, size, per_class, duplicates, skipped, sha256, verified,
        sheet.

    Raises:
        GanbenchError: an array is damaged.
        BadInput: nothing of the data set is prepared.
    """
    rows = []
    spec, _ = plan_entry(name, image_size=image_size, resize=resize)
    for split in spec.splits:
        _, planned = plan_entry(name, image_size=image_size, split=split, cache_dir=cache_dir, resize=resize)
        for entry in find_entries(planned):
            rows += _verify(entry, spec, sheet or entry.root / "sheets")
    if not rows:
        raise BadInput(f"{name} is not prepared at this size: run `ganbench data prepare {name}` first.")
    return rows


def _verify(entry: Entry, spec: DatasetSpec, sheets: Path) -> list[Row]:
    opened = open_entry(entry)
    if opened is None:
        return []
    manifest, images, labels = opened
    verify_entry(entry, manifest)
    data = Dataset(spec.model_copy(update={"classes": manifest.classes}), entry.split, images, labels, manifest)
    picture = sheets / f"{entry.dataset}-{entry.folder.name}.png"
    save_png(picture, contact_sheet(data))
    row = {"dataset": spec.name, "split": entry.split, "images": manifest.count, "size": manifest.image_size}
    row |= {"per_class": _per_class(data), "duplicates": count_duplicates(data), "skipped": len(manifest.skipped)}
    return [row | {"sha256": manifest.sha256, "verified": True, "sheet": str(picture)}]


def contact_sheet(data: Dataset) -> np.ndarray:
    """Ten pictures of each of the first 20 classes, a row each, or the first hundred; uint8 (h, w, channels)."""
    if data.labels is None:
        return grid(np.asarray(data.images[:100]), _SHEET_COLUMNS)
    chosen: list[np.ndarray] = []
    for label in range(min(20, data.spec.n_classes)):
        found = np.asarray(data.images[np.flatnonzero(data.labels == label)[:_SHEET_COLUMNS]])
        blank = np.full((_SHEET_COLUMNS - len(found), *data.images.shape[1:]), 255, np.uint8)
        chosen += [found, blank]
    return grid(np.concatenate(chosen), _SHEET_COLUMNS)


def count_duplicates(data: Dataset) -> int:
    """How many pictures are byte for byte equal to an earlier one of the same split."""
    seen = {hash(image.tobytes()) for image in data.images}
    return len(data) - len(seen)


def _per_class(data: Dataset) -> dict[str, int] | None:
    if data.labels is None:
        return None
    counts = np.bincount(data.labels, minlength=data.spec.n_classes)
    return {name: int(count) for name, count in zip(data.spec.classes, counts, strict=True)}
