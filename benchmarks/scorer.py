"""The scorer: one process that judges a trained cell's samples and draws its pictures; nothing here is timed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.cell_folder import CellFolder, Scores, read_cell
from benchmarks.records import Metric
from benchmarks.report.pictures import make_cell_pictures
from common.data.loading import Dataset, load_dataset
from common.data.raw import NotThere
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.metrics.extractors.catalogue import load_extractor
from common.metrics.judge import floor, score, with_floor
from common.metrics.protocol import choose
from common.specs.cell import Cell


def extractor_for(dataset: Dataset) -> str | None:
    """The extractor that knows such images: digits have their own; None where no shipped one fits."""
    return "mnistnet" if dataset.spec.name.startswith("mnist") else None


def score_cell(folder: CellFolder, cell: Cell, data_dir: Path | None, cache_dir: Path | None) -> Scores:
    """Scores of the cell's final samples against as many training images, with floors from the test images.

    Raises:
        BadInput: samples or data sets that are missing or cannot be used.
    """

    def load(split: str) -> Dataset:
        size = cell.training.image_size
        return load_dataset(cell.dataset, image_size=size, split=split, data_dir=data_dir, cache_dir=cache_dir)

    train = load("train")
    name = extractor_for(train)
    if name is None:
        return Scores(metrics={}, reason=f"No shipped extractor fits {cell.dataset}, so its samples are not scored.")
    if not folder.samples_file.is_file():
        raise BadInput(f"{folder.samples_file} is missing: delete the folder {folder.path} and train the cell again.")
    samples = np.load(folder.samples_file, mmap_mode="r")
    reference = train.images[choose(len(train), min(len(samples), len(train)))]
    extractor = load_extractor(name)
    scores = score(samples, reference, extractor, reference=cell.dataset, reference_split="train")
    try:
        test = load("test")
    except NotThere:  # a folder of pictures need not have any; scores then have no floor
        test = None
    if test is not None and len(samples) <= len(test):
        floors = floor(
            test.images, reference, extractor, count=len(samples), reference=cell.dataset, reference_split="train"
        )
        scores = with_floor(scores, floors)
    return Scores(metrics={key: Metric.model_validate(entry) for key, entry in scores.items()})


def main() -> int:
    """Score the cell on the command line and leave metrics.json and the pictures in its folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scorer", description="Scores one trained cell.")
    parser.add_argument("folder", type=Path, help="the cell's folder")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    arguments = parser.parse_args()
    try:
        cell, folder = read_cell(arguments.folder), CellFolder(arguments.folder)
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
