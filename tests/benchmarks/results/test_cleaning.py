"""What a run no longer needs: found, counted and deleted, and nothing else."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.cleaning import remove, spare
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.cell import Cell

KEPT = ("generator.safetensors", "best.safetensors", "samples.npy", "events.jsonl", "result.json", "metrics.json")


def begin(run: RunFolder, cell: Cell) -> CellFolder:
    """A cell's folder as a training leaves it: a megabyte of checkpoints, half a file, and what is of use."""
    folder = run.of(cell)
    folder.create(cell)
    folder.checkpoints.mkdir()
    for epoch in (1, 2):
        (folder.checkpoints / f"epoch_{epoch:04d}.safetensors").write_bytes(bytes(500_000))
    (folder.checkpoints / ".epoch_0003.safetensors.x7.part").write_bytes(bytes(1000))
    for name in KEPT:
        (folder.path / name).write_bytes(b"of use")
    return folder


def files(run: RunFolder) -> set[str]:
    return {path.name for path in run.path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("status", ["finished", "diverged"])
def test_checkpoints_of_what_will_not_go_on_and_halves_of_files_can_go(
    cells: list[Cell], make_record: Callable[..., Record], tmp_path: Path, status: str
) -> None:
    run = RunFolder(tmp_path)
    run.open(cells)
    for cell in cells:
        begin(run, cell)
    run.of(cells[0]).save_record(make_record(cell=cells[0], id=cells[0].id, status=status))
    rows = [each.row for each in spare(run)]
    assert [(row["engine"], row["what"], row["files"], row["megabytes"]) for row in rows] == [
        ("torch", "halves of files", 1, 0.001),
        ("torch", "checkpoints", 2, 1.0),
        ("keras-tf", "halves of files", 1, 0.001),
    ]
    before = files(run)
    remove(spare(run))
    assert spare(run) == []
    assert not run.of(cells[0]).checkpoints.exists()
    assert len(list(run.of(cells[1]).checkpoints.iterdir())) == 2
    assert before - files(run) == {".epoch_0003.safetensors.x7.part"}
    assert set(KEPT) < {path.name for path in run.of(cells[0]).path.iterdir()}


@pytest.mark.parametrize("status", ["failed", "timed out", "out of memory", None])
def test_checkpoints_of_what_may_go_on_stay(
    cells: list[Cell], make_record: Callable[..., Record], tmp_path: Path, status: str | None
) -> None:
    run = RunFolder(tmp_path)
    run.open(cells)
    folder = begin(run, cells[0])
    if status is not None:
        folder.save_record(make_record(cell=cells[0], id=cells[0].id, status=status, reason="It ended."))
    assert [each.what for each in spare(run)] == ["halves of files"]


def test_a_cell_that_is_being_worked_on_is_left_alone(
    cells: list[Cell], make_record: Callable[..., Record], tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    run.open(cells)
    folder = begin(run, cells[0])
    folder.save_record(make_record(cell=cells[0], id=cells[0].id))
    with folder.events_file.open("a") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        assert spare(run) == []
    assert len(spare(run)) == 2


def test_another_folder_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "epoch_0001.safetensors").write_bytes(b"somebody's")
    with pytest.raises(BadInput, match="not a run folder"):
        spare(RunFolder(tmp_path))


def test_an_interrupted_repetition_can_go_and_one_that_goes_on_cannot(
    cells: list[Cell], make_record: Callable[..., Record], tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    run.open(cells)
    folder = run.of(cells[0])
    folder.create(cells[0])
    folder.save_record(make_record(cell=cells[0], id=cells[0].id))
    again = folder.repetition
    again.create(cells[0])
    again.checkpoints.mkdir()
    (again.checkpoints / "epoch_0001.safetensors").write_bytes(bytes(1000))
    with again.events_file.open("a") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        assert spare(run) == []
    (found,) = spare(run)
    assert (found.what, len(found.files)) == ("interrupted repetition", 3)
    remove([found])
    assert not again.path.exists()
    assert folder.record_file.is_file()
