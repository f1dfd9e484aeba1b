"""The process that writes event files: TensorFlow has the classes of their records, and a process of its own.

Usage: python -m benchmarks.report.events_process JOB.json
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from benchmarks.machine.events import Emitter, report
from benchmarks.report.events import Point, png, points_of
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import RecordPart
from common.errors import BadInput
from common.files import copy_file

# the version of the format that readers look for in the first record
_VERSION = "brain.Event:2"


class Job(RecordPart):
    """Event files to write, as pairs of a cell's folder and the file."""

    files: list[tuple[Path, Path]]


def write_events(path: Path, points: Sequence[Point]) -> None:
    """Write `points` as an event file, atomically; the same points give the same bytes.

    Steps are iterations. Wall times are seconds since the training began, which makes TensorBoard's *relative* axis
    the time of training.

    Raises:
        BadInput: TensorFlow is not installed.
    """
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise BadInput("Event files are written by TensorFlow: pip install 'ganbench[keras]'.") from error
    event, summary = tf.compat.v1.Event, tf.compat.v1.Summary
    with tempfile.TemporaryDirectory(prefix="ganbench-events-") as folder:
        file = Path(folder) / "events"
        with tf.io.TFRecordWriter(str(file)) as writer:
            writer.write(event(wall_time=0.0, file_version=_VERSION).SerializeToString(deterministic=True))
            for point in points:
                if isinstance(point.value, Image.Image):
                    picture = point.value
                    shown = summary.Image(
                        width=picture.width,
                        height=picture.height,
                        colorspace=len(picture.getbands()),
                        encoded_image_string=png(picture),
                    )
                    value = summary.Value(tag=point.tag, image=shown)
                else:
                    value = summary.Value(tag=point.tag, simple_value=point.value)
                told = event(wall_time=point.seconds, step=point.iteration, summary=summary(value=[value]))
                writer.write(told.SerializeToString(deterministic=True))
        copy_file(file, path)


def run(emit: Emitter) -> int:
    """Write what the job on the command line names, one file after the other."""
    job = Job.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for cell_folder, out in job.files:
        folder = CellFolder(cell_folder)
        record = folder.record()
        if record is not None:
            write_events(out, points_of(record, folder))
    emit({"event": "finished"})
    return 0


if __name__ == "__main__":
    sys.exit(report(run))
