"""Whether two runs of the same cells ended in the same numbers, bit for bit; times are not compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.cell import Cell
from common.tensor_files import load_tensors


def differences(run: RunFolder, reference: RunFolder) -> list[str]:
    """In what `run` differs from `reference`, one sentence each; empty if in nothing.

    Compared are, cell by cell: how it ended, every loss, every score, samples and the classes they were asked to be,
    the samples of every epoch, the generator's weights, and the last checkpoint, so also the discriminator, optimisers
    and statistics.
    """
    found = []
    for cell in reference.cells():
        found += [f"{cell.label}: {text}." for text in _of_cell(run.of(cell), reference.of(cell), cell)]
    return found


def _of_cell(ours: CellFolder, theirs: CellFolder, cell: Cell) -> list[str]:
    record, expected = ours.record(), theirs.record()
    if record is None or expected is None:
        return ["it has no record"]
    found = [*_of_records(record, expected)]
    last = sum(phase.epochs for phase in cell.phases())
    checkpoint = f"checkpoint/epoch_{last:04d}.safetensors"
    for name in ("generator.safetensors", checkpoint):
        if not _same_tensors(ours.path / name, theirs.path / name):
            found.append(f"{name} differs")
    arrays = [path.relative_to(theirs.path) for path in sorted(theirs.path.rglob("*.npy"))]
    found += [f"{name} differs" for name in arrays if not _same_bytes(ours.path / name, theirs.path / name)]
    return found


def _of_records(record: Record, expected: Record) -> list[str]:
    pairs = {
        "its status": (record.status, expected.status),
        "whether it was scored": (record.scoring_failed, expected.scoring_failed),
        "its losses": tuple(_losses(each) for each in (record, expected)),
        "its scores": tuple({name: score.value for name, score in each.metrics.items()} for each in (record, expected)),
    }
    return [f"{name} differ" for name, (ours, theirs) in pairs.items() if repr(ours) != repr(theirs)]


def _losses(record: Record) -> list[tuple[str, list[float]]]:
    """By name: the order of names is not the training's."""
    return sorted(record.training.losses.items()) if record.training else []


def _same_tensors(ours: Path, theirs: Path) -> bool:
    try:
        found, expected = load_tensors(ours)[0], load_tensors(theirs)[0]
    except BadInput:
        return False
    return found.keys() == expected.keys() and all(
        np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f") and found[name].dtype == array.dtype
        for name, array in expected.items()
    )


def _same_bytes(ours: Path, theirs: Path) -> bool:
    return ours.is_file() and ours.read_bytes() == theirs.read_bytes()
