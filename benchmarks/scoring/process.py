"""The scorer: one process that judges a trained cell's samples and draws its pictures; nothing here is timed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report.pictures import make_cell_pictures
from benchmarks.results.cell_folder import CellFolder, Scores
from benchmarks.results.records import Metric
from benchmarks.scoring.command import ready_extractor
from common.data.cache import cache_root
from common.data.loading import Dataset, load_dataset
from common.data.raw import NotThere
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.metrics.catalogue import CONDITIONAL
from common.metrics.judge import DEFAULT_METRICS, floor, score, with_floor
from common.metrics.protocol import choose
from common.specs.cell import Cell


def extractor_for(dataset: str) -> str:
    """The extractor that knows such images: digits have their own, everything else is left to the ImageNet one."""
    return "mnistnet" if dataset.startswith("mnist") else "efficientnet-lite0"


def score_cell(folder: CellFolder, cell: Cell, data_dir: Path | None, cache_dir: Path | None) -> Scores:
    """Scores of the cell's final samples against as many training images, with floors from the test images.

    What there are too few images for (a rare class, say) is left out, and the result's `reason` says why.

    Raises:
        BadInput: samples or data sets that are missing or cannot be used.
    """
    if not folder.samples_file.is_file():
        raise BadInput(f"{folder.samples_file} is missing: delete the folder {folder.path} and train the cell again.")
    try:
        extractor = ready_extractor(extractor_for(cell.dataset), cache_dir=cache_dir)
    except BadInput as error:
        return Scores(metrics={}, reason=str(error))
    samples = np.load(folder.samples_file, mmap_mode="r")
    train = _load(cell, "train", data_dir, cache_dir)
    chosen = choose(len(train), min(len(samples), len(train)))
    reference = train.images[chosen]
    options: dict[str, Any] = {
        "reference": cell.dataset, "reference_split": "train", "cache_dir": cache_root(cache_dir),
    }  # fmt: skip
    labels = folder.sample_labels()
    metrics: tuple[str, ...] = DEFAULT_METRICS
    if labels is not None and train.labels is not None:
        metrics = (*DEFAULT_METRICS, *(name for name in CONDITIONAL if name != "label_agreement" or extractor.classes))
    reference_labels = None if train.labels is None else train.labels[chosen]
    classes: dict[str, Any] = {"labels": labels, "reference_labels": reference_labels}
    left_out: list[str] = []
    scores = score(samples, reference, extractor, metrics=metrics, left_out=left_out, **classes, **options)
    try:
        test = _load(cell, "test", data_dir, cache_dir)
    except NotThere:  # a folder of pictures need not have any; scores then have no floor
        test = None
    if test is not None and len(samples) <= len(test):
        floors = floor(test.images, reference, extractor, count=len(samples), left_out=[], **options)
        scores = with_floor(scores, floors)
    found = {key: Metric.model_validate(entry) for key, entry in scores.items()}
    return Scores(metrics=found, reason=" ".join(left_out) or None)


def _load(cell: Cell, split: str, data_dir: Path | None, cache_dir: Path | None) -> Dataset:
    size = cell.training.image_size
    return load_dataset(
        cell.dataset, image_size=size, resize=cell.training.resize, split=split, data_dir=data_dir, cache_dir=cache_dir
    )


def main() -> int:
    """Score the cell on the command line and leave metrics.json and the pictures in its folder."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scoring.process", description="Scores one trained cell."
    )
    parser.add_argument("folder", type=Path, help="the cell's folder")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    arguments = parser.parse_args()
    try:
        folder = CellFolder(arguments.folder)
        cell = folder.cell()
        scores = score_cell(folder, cell, arguments.data_dir, arguments.cache_dir)
        write_text(folder.scores_file, scores.model_dump_json(indent=1) + "\n")
        result = folder.result()
        make_cell_pictures(folder, cell, result.training if result else None)
    except GanbenchError as error:
        print(json.dumps({"event": "failed", "reason": str(error)}), flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
