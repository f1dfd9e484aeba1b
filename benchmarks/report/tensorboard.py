"""`ganbench report --tensorboard`: trainings as event files, a folder each, for TensorBoard."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from benchmarks.report.events_process import Job
from benchmarks.report.folder import ReportFolder
from benchmarks.report.gathered import Gathered
from common.files import write_text


def save_event_files(folder: ReportFolder, gathered: Gathered) -> None:
    """Write an event file for every record below `folder.tensorboard`, from records and progress samples.

    Raises:
        BadInput: TensorFlow is not installed where the engine keras-tf is, or a file of samples is damaged.
        GanbenchError: the writing process failed.
    """
    pairs = [
        (gathered.folders[record.cell.id].path.resolve(), folder.event_file(record.cell).resolve())
        for record in gathered.records
    ]
    with tempfile.TemporaryDirectory(prefix="ganbench-events-") as place:
        job = Path(place) / "job.json"
        write_text(job, Job(files=pairs).model_dump_json())
        command = python_command("benchmarks.report.events_process", str(job), engine="keras-tf")
        # no graphics memory for a library that only writes a file
        run_child(command, variables={"CUDA_VISIBLE_DEVICES": ""}).check("Writing event files failed.")
