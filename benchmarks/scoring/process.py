"""The scorer: one process that judges the samples of trained cells and draws their pictures; nothing here is timed.

It obeys JSON lines on its standard input, one after the other, and answers by JSON lines on its standard output:

    {"score": FOLDER}           -> {"event": "scored"}, metrics.json and pictures in the cell's folder, or
                                   {"event": "failed", "reason": ...} with the sentence of bad input
    the end of its input        -> it ends

What it prints beside events is appended to the cell's stderr.log. What many cells share is computed once: libraries are
imported, references read and their floors scored.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine.events import Emitter, report
from benchmarks.pictures.cell import make_cell_pictures
from benchmarks.pictures.nearest import save_nearest
from benchmarks.results.cell_folder import CellFolder, Scores
from benchmarks.results.wording import title
from benchmarks.scoring.extractors.ready import UnavailableExtractor
from benchmarks.scoring.history import keep_best, with_history
from benchmarks.scoring.pipeline import Reference, dataset_reference, judge_images
from benchmarks.scoring.sources import Side
from common.array_files import map_images
from common.data.loading import load_dataset
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.metrics.judge import Judgement
from common.specs.cell import Cell

# a worker that starts meanwhile goes first
_NICENESS = 10


def score_cell(
    folder: CellFolder, cell: Cell, data_dir: Path | None, cache_dir: Path | None, threads: int | None = None
) -> Scores:
    """Scores of the cell's samples, the final ones and those of before that the cell's judge wants to see, against
    as many training images.

    What there are too few images for (a rare class, say) is left out, and the result's `reason` says why.

    Raises:
        BadInput: samples or data sets that are missing or cannot be used.
    """
    if not folder.samples_file.is_file():
        raise BadInput(f"{folder.samples_file} is missing: delete the folder {folder.path} and train the cell again.")
    training = cell.training
    reference = _reference(cell.dataset, training.image_size, training.resize, data_dir, cache_dir)

    def judged(file: Path, with_floors: bool = False) -> Judgement:
        samples = Side(map_images(file), folder.sample_labels(), "the cell's samples")
        options: dict[str, Any] = {"cache_dir": cache_dir, "threads": threads, "with_floors": with_floors}
        return judge_images(samples, reference, cell.judge, **options)

    try:
        judgement = judged(folder.samples_file, with_floors=True)
    except UnavailableExtractor as error:  # no fault of the training's, and no reason to repeat anything
        return Scores(metrics={}, reason=str(error))
    final = Scores(metrics=judgement.scores, reason=" ".join(judgement.left_out) or None)
    return with_history(final, folder, cell, judged)


def training_images(cell: Cell, data_dir: Path | None, cache_dir: Path | None) -> NDArray[np.uint8]:
    """What the cell was trained on, uint8 (n, height, width, channels), memory-mapped.

    Raises:
        BadInput: the data set is not there or cannot be used.
    """
    training = cell.training
    return load_dataset(
        cell.dataset,
        image_size=training.image_size,
        resize=training.resize,
        max_images=training.max_images,
        data_dir=data_dir,
        cache_dir=cache_dir,
    ).images


@cache
def _reference(
    dataset: str, image_size: int, resize: str | None, data_dir: Path | None, cache_dir: Path | None
) -> Reference:
    """The real side, which cells of one data set share with its floors."""
    return dataset_reference(dataset, image_size=image_size, resize=resize, data_dir=data_dir, cache_dir=cache_dir)


def score(folder: CellFolder, arguments: argparse.Namespace) -> None:
    """Leave metrics.json, the best generator and the pictures in the folder of the cell.

    Raises:
        BadInput: there is no cell, or its samples or data sets cannot be used.
    """
    cell = folder.cell()
    scores = score_cell(folder, cell, arguments.data_dir, arguments.cache_dir, arguments.threads)
    write_text(folder.scores_file, scores.model_dump_json(indent=1) + "\n")
    keep_best(folder, scores)
    make_cell_pictures(folder, folder, cell)
    training = training_images(cell, arguments.data_dir, arguments.cache_dir)
    save_nearest(folder.nearest_file, map_images(folder.samples_file), training, title(cell))


def obey(arguments: argparse.Namespace, emit: Emitter) -> int:
    """Score the cells on standard input until it ends; an error that is not the user's ends the process."""
    os.nice(_NICENESS)
    for line in sys.stdin:
        folder = CellFolder(Path(json.loads(line)["score"]))
        with folder.stderr_file.open("ab") as log:
            os.dup2(log.fileno(), 2)
        try:
            score(folder, arguments)
            emit({"event": "scored"})
        except GanbenchError as error:
            emit({"event": "failed", "reason": str(error)})
    return 0


def main() -> int:
    """Score cells; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring.process", description="Scores cells.")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    parser.add_argument("--threads", type=int, help="CPU threads of extractors; all cores by default")
    arguments = parser.parse_args()
    return report(lambda emit: obey(arguments, emit))


if __name__ == "__main__":
    sys.exit(main())
