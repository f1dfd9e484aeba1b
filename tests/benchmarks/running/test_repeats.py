"""Repeated processes against workers that end well, crash, differ and are interrupted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.results.run_folder import RunFolder
from benchmarks.results.speed import process_seconds
from benchmarks.running.executor import LocalExecutor
from benchmarks.running.repeats import repeat_cells
from common.specs.cell import Cell
from tests.benchmarks.running.fake_runs import Log, commands, run


@pytest.fixture
def trained(cells: list[Cell], tmp_path: Path) -> RunFolder:
    """A run whose two cells are finished."""
    folder = RunFolder(tmp_path / "run")
    run(cells, folder.path, commands())
    return folder


def repeat(cells: list[Cell], folder: RunFolder, processes: int, log: Log | None = None, worker: str = "well") -> bool:
    executor = LocalExecutor(commands(worker).worker, lock_folder=folder.path.parent)
    return repeat_cells(cells, folder, processes, executor, log or Log())


def test_every_cell_is_trained_until_the_processes_are_there(cells: list[Cell], trained: RunFolder) -> None:
    log = Log()
    before = {cell.id: trained.of(cell).record() for cell in cells}
    assert repeat(cells, trained, 3, log)
    # once each before anybody's second time
    assert [note.rpartition(": ")[2] for note in log.notes] == ["process 2 of 3"] * 2 + ["process 3 of 3"] * 2
    assert ["keras-tf" in note for note in log.notes] == [False, True] * 2
    for cell in cells:
        record = trained.of(cell).record()
        assert record is not None
        assert [each.same_weights for each in record.repeats] == [True, True]
        assert process_seconds(record) == [2.0] * 3
        assert record.model_copy(update={"repeats": []}) == before[cell.id]
        assert not trained.of(cell).repetition.path.exists()
    assert repeat(cells, trained, 3, worker="crash")  # nothing is missing, so nothing is started


def test_more_processes_later_add_what_is_missing(cells: list[Cell], trained: RunFolder) -> None:
    assert repeat(cells[:1], trained, 2)
    log = Log()
    assert repeat(cells, trained, 3, log)
    assert [("torch" in note, note.rpartition(": ")[2]) for note in log.notes] == [
        (False, "process 2 of 3"), (True, "process 3 of 3"), (False, "process 3 of 3"),
    ]  # fmt: skip


def test_other_weights_are_recorded_as_such(cells: list[Cell], trained: RunFolder) -> None:
    assert repeat(cells[:1], trained, 2, worker="other weights")
    record = trained.of(cells[0]).record()
    assert record is not None
    assert [each.same_weights for each in record.repeats] == [False]


def test_a_repetition_that_fails_is_told_and_leaves_the_record_alone(cells: list[Cell], trained: RunFolder) -> None:
    log, before = Log(), trained.of(cells[0]).record()
    assert not repeat(cells[:1], trained, 2, log, worker="crash")
    assert "process 2 of 2 left no time: The process ended with exit code 1" in log.notes[-1]
    assert trained.of(cells[0]).record() == before
    assert repeat(cells[:1], trained, 2)  # and the next time it begins anew


def test_cells_without_times_or_end_are_not_repeated(cells: list[Cell], tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run(cells, folder.path, commands(lambda path: "diverge" if "torch" in path.name else "well"))
    record = folder.of(cells[1]).record()
    assert record is not None
    assert record.training is not None
    untimed = record.training.model_copy(update={"clocks": None})
    folder.of(cells[1]).save_record(record.model_copy(update={"training": untimed}))
    log = Log()
    assert repeat(cells, folder, 3, log)
    assert log.notes == []
