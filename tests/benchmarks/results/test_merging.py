"""Merging runs: everything arrives, the furthest counts, and what contradicts is refused before anything is copied."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.racing.record import RaceRecord, save_race
from benchmarks.results.aims import Aims
from benchmarks.results.merging import merge_runs
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput

Make, Save = Callable[..., Record], Callable[..., None]


def folders(base: Path) -> tuple[RunFolder, RunFolder, RunFolder]:
    return RunFolder(base / "a"), RunFolder(base / "b"), RunFolder(base / "both")


def test_cells_samples_and_races_of_all_runs_arrive(
    tmp_path: Path, make_record: Make, save_run: Save, make_race: Callable[..., RaceRecord]
) -> None:
    a, b, both = folders(tmp_path)
    first, second = make_record("torch"), make_record("keras-tf")
    save_run(a.path, [first], missing=(second.cell,))
    save_run(b.path, [second], missing=(first.cell,))
    save_race(make_race(), b.path / "races" / "dcgan" / "race.json")
    assert merge_runs([a, b], both) == 3
    assert {record.id for record in both.records()} == {first.id, second.id}
    assert [cell.id for cell in both.cells()] == [first.id, second.id]
    copied = both.of(second.cell).progress_file(2)
    assert copied.read_bytes() == b.of(second.cell).progress_file(2).read_bytes()
    assert (both.path / "races" / "dcgan" / "race.json").is_file()
    assert sorted(path.name for path in both.path.iterdir()) == ["cells", "matrix.json", "races"]
    assert merge_runs([a, b], both) == 0  # again: nothing is left to copy


def test_a_result_counts_more_than_a_failure_whichever_comes_first(
    tmp_path: Path, make_record: Make, save_run: Save
) -> None:
    a, b, both = folders(tmp_path)
    good, bad = make_record(), make_record(status="failed", reason="the node was lost")
    save_run(a.path, [bad])
    save_run(b.path, [good])
    merge_runs([a, b], both)
    assert [record.status for record in both.records()] == ["finished"]
    merge_runs([a], b)  # into a run that is further
    assert [record.status for record in b.records()] == ["finished"]
    merge_runs([b], a)
    assert [record.status for record in a.records()] == ["finished"]


def test_equal_results_are_one_and_different_ones_are_refused(
    tmp_path: Path, make_record: Make, save_run: Save
) -> None:
    a, b, both = folders(tmp_path)
    save_run(a.path, [make_record(), make_record("keras-tf")])
    save_run(b.path, [make_record()])
    assert merge_runs([a, b], both) == 2
    b.of(make_record().cell).save_record(make_record(seconds=[9.0]))
    fresh = RunFolder(tmp_path / "fresh")
    with pytest.raises(BadInput, match="two different results of the same"):
        merge_runs([a, b], fresh)
    assert not fresh.path.exists()


def test_runs_that_decide_different_things_are_refused(tmp_path: Path, make_record: Make) -> None:
    a, b, both = folders(tmp_path)
    for run, margin in ((a, 0.05), (b, 0.1)):
        run.open([make_record().cell], Aims(margins={"time": margin}))
        run.of(make_record().cell).create(make_record().cell)
    with pytest.raises(BadInput, match="decide different things"):
        merge_runs([a, b], both)


def test_what_is_no_run_or_is_being_worked_on_is_refused(tmp_path: Path, make_record: Make, save_run: Save) -> None:
    a, b, both = folders(tmp_path)
    save_run(a.path, [make_record()])
    with pytest.raises(BadInput, match="is not a run folder"):
        merge_runs([a, b], both)
    with a.of(make_record().cell).events_file.open("w") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="is being worked on"):
            merge_runs([a], both)
    assert merge_runs([a], both) == 1
