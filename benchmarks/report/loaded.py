"""Runs from Python: what was trained, how it compares and what it drew, as pandas frames and NumPy arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.pictures.losses import epochs_at
from benchmarks.report.gathered import Gathered, gather
from benchmarks.report.raw import table_rows
from benchmarks.results.comparison import comparison_rows
from benchmarks.results.pairing import REFERENCE
from benchmarks.results.records import Record
from benchmarks.results.rows import cell_row
from benchmarks.results.run_folder import RunFolder
from common.array_files import map_images
from common.errors import BadInput, unknown_name


class Run:
    """One run or several as one; what is asked for is read when it is asked for."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered

    @property
    def records(self) -> list[Record]:
        """The records: everything that is known of each training."""
        return self._gathered.records

    def table(self) -> pd.DataFrame:
        """One row a training, plain numbers; `id` names it. Missing numbers are NaN or None."""
        return pd.DataFrame(table_rows(self.records))

    def compare(self, reference: str = REFERENCE) -> pd.DataFrame:
        """One row per model, data set, engine and quantity: ratio or difference, interval and verdict.

        Args:
            reference: the contender that the others are compared with.

        Raises:
            BadInput: nothing of the reference is finished.
        """
        return pd.DataFrame(comparison_rows(self.records, aims=self._gathered.aims, reference=reference))

    def losses(self) -> pd.DataFrame:
        """One row per training, loss and iteration (from 1), with the epochs that have passed by then."""
        frames = []
        for record in self.records:
            training = record.training
            if training is None:
                continue
            clocks = training.clocks.epochs if training.clocks else []
            lengths = [epoch.iterations or training.iterations_per_epoch for epoch in clocks]
            for name, values in training.losses.items():
                frame = pd.DataFrame({"iteration": np.arange(1, len(values) + 1), "value": values})
                frame["epoch"] = epochs_at(len(values), lengths or [training.iterations_per_epoch])
                frames.append(frame.assign(id=record.id, loss=name, **cell_row(record.cell)))
        columns = ["id", "model", "dataset", "engine", "execution", "seed", "loss", "iteration", "epoch", "value"]
        return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)

    def samples(self, cell: str) -> NDArray[np.uint8]:
        """The images that a generator drew when its training had ended, (n, height, width, channels).

        Args:
            cell: its id, as in the column `id` of `table()`.

        Raises:
            BadInput: no such cell, or it has no samples that can be read.
        """
        known = {record.id: record for record in self.records}
        if cell not in known:
            raise unknown_name("cell", cell, known)
        file = self._gathered.folders[known[cell].cell.id].samples_file
        if not file.is_file():
            raise BadInput(f"{file} is not there: this training left no samples.")
        return np.array(map_images(file))


def load_run(*paths: Path | str) -> Run:
    """The run in a folder that `ganbench run` wrote, or several as one.

    Raises:
        BadInput: no records there, or a damaged one.
    """
    return Run(gather([RunFolder(Path(path)) for path in paths]))
