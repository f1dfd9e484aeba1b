"""The scorer: one process that judges a trained cell's samples and draws its pictures; nothing here is timed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks.machine.events import report
from benchmarks.pictures.cell import make_cell_pictures
from benchmarks.results.cell_folder import CellFolder, Scores
from benchmarks.scoring.extractors.ready import UnavailableExtractor
from benchmarks.scoring.history import keep_best, with_history
from benchmarks.scoring.pipeline import dataset_reference, judge_images
from benchmarks.scoring.sources import Side
from common.errors import BadInput
from common.files import write_text
from common.metrics.judge import Judgement
from common.specs.cell import Cell


def score_cell(folder: CellFolder, cell: Cell, data_dir: Path | None, cache_dir: Path | None) -> Scores:
    """Scores of the cell's samples, the final ones and those of before that the cell's judge wants to see, against
    as many training images.

    What there are too few images for (a rare class, say) is left out, and the result's `reason` says why.

    Raises:
        BadInput: samples or data sets that are missing or cannot be used.
    """
    if not folder.samples_file.is_file():
        raise BadInput(f"{folder.samples_file} is missing: delete the folder {folder.path} and train the cell again.")
    training = cell.training
    reference = dataset_reference(
        cell.dataset,
        image_size=training.image_size,
        resize=training.resize,
        data_dir=data_dir,
        cache_dir=cache_dir,
    )

    def judged(file: Path, with_floors: bool = False) -> Judgement:
        samples = Side(np.load(file, mmap_mode="r"), folder.sample_labels(), "the cell's samples")
        return judge_images(samples, reference, cell.judge, cache_dir=cache_dir, with_floors=with_floors)

    try:
        judgement = judged(folder.samples_file, with_floors=True)
    except UnavailableExtractor as error:  # no fault of the training's, and no reason to repeat anything
        return Scores(metrics={}, reason=str(error))
    final = Scores(metrics=judgement.scores, reason=" ".join(judgement.left_out) or None)
    return with_history(final, folder, cell, judged)


def work(arguments: argparse.Namespace) -> int:
    """Leave metrics.json, the best generator and the pictures in the folder of the cell.

    Raises:
        BadInput: there is no cell, or its samples or data sets cannot be used.
    """
    folder = CellFolder(arguments.folder)
    cell = folder.cell()
    scores = score_cell(folder, cell, arguments.data_dir, arguments.cache_dir)
    write_text(folder.scores_file, scores.model_dump_json(indent=1) + "\n")
    keep_best(folder, scores)
    result = folder.result()
    make_cell_pictures(folder, folder, cell, result.training if result else None)
    return 0


def main() -> int:
    """Score the cell on the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring.process", description="Scores one cell.")
    parser.add_argument("folder", type=Path, help="the cell's folder")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    arguments = parser.parse_args()
    return report(lambda emit: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
