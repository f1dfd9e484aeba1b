"""What an event file holds of a training: losses, scores, speed and samples, as points on its way.

All of it stands in the record and in the progress samples, so nothing is written while a training is timed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.pictures.cell import columns_for, enlargement, sample_grid, spread
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.course import iterations_by_epoch, seconds_by_epoch
from benchmarks.results.records import Record
from common.array_files import map_images
from common.images import to_pillow

# of a longer training the samples of so many epochs, evenly spread
_MOST_PICTURES = 100


@dataclass(frozen=True)
class Point:
    """Something known of a training after `iteration`, when it had taken `seconds`: a number, or a picture.

    Seconds are those of training and of waiting for data; of an untimed training they are all 0.
    """

    iteration: int
    seconds: float
    tag: str
    value: float | Image.Image


def points_of(record: Record, folder: CellFolder) -> list[Point]:
    """Every point of the training whose files are in `folder`, in the order of iterations.

    Raises:
        BadInput: a file of progress samples is damaged.
    """
    course = _Course(record)
    parts = (_losses(record, course), _speed(record, course), _scores(record, course), _samples(record, folder, course))
    return sorted((point for part in parts for point in part), key=lambda point: point.iteration)


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


class _Course:
    """When each epoch ended, in iterations and in seconds."""

    def __init__(self, record: Record) -> None:
        self.ends, seconds = iterations_by_epoch(record), seconds_by_epoch(record)
        known = sorted(self.ends.keys() & seconds.keys())
        self._iterations = [self.ends[epoch] for epoch in known]
        self._seconds = [seconds[epoch] for epoch in known]

    def point(self, iteration: int, tag: str, value: float | Image.Image) -> Point:
        """The point; within an epoch all iterations are taken to have been equally long."""
        return Point(iteration, float(np.interp(iteration, self._iterations, self._seconds)), tag, value)


def _losses(record: Record, course: _Course) -> Iterator[Point]:
    for name, values in (record.training.losses if record.training else {}).items():
        for iteration, value in enumerate(values, 1):
            yield course.point(iteration, f"losses/{name}", value)


def _speed(record: Record, course: _Course) -> Iterator[Point]:
    training = record.training
    for epoch in training.clocks.epochs if training and training.clocks else []:
        if training and epoch.timed_iterations:
            images = epoch.timed_iterations * training.images_per_iteration
            yield course.point(course.ends[epoch.epoch], "speed/images per second", images / epoch.train_seconds)


def _scores(record: Record, course: _Course) -> Iterator[Point]:
    """Under the names to print, which say whose features they rest on."""
    known = {each.epoch: each.scores for each in record.history}
    if record.metrics:
        known[max(course.ends)] = {name: score.value for name, score in record.metrics.items()}
    for epoch, scores in known.items():
        for name, value in scores.items():
            if epoch in course.ends and name in record.metrics:
                yield course.point(course.ends[epoch], f"scores/{record.metrics[name].display_name}", value)


def _samples(record: Record, folder: CellFolder, course: _Course) -> Iterator[Point]:
    files = {epoch: file for epoch, file in folder.progress_files().items() if epoch in course.ends}
    epochs, columns = list(files), columns_for(record.cell)
    for index in spread(len(files), _MOST_PICTURES) if files else []:
        samples = map_images(files[epochs[index]])
        picture = to_pillow(sample_grid(samples, columns), enlargement(samples, columns))
        yield course.point(course.ends[epochs[index]], "samples", picture)
