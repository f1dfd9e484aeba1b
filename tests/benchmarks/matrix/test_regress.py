"""`make regress` has something to compare with: what it races and trains is what the committed records are of."""

from __future__ import annotations

from pathlib import Path

from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import load_matrix
from benchmarks.racing.record import load_races
from benchmarks.results.run_folder import RunFolder

REPORTS = Path(__file__).parents[3] / "reports"


def test_every_training_has_a_committed_record() -> None:
    records = RunFolder(REPORTS / "regress").records()
    assert {record.status for record in records} == {"finished"}
    assert {record.cell.id for record in records} == {
        cell.id for cell in expand(load_matrix("regress"), Selection(device="cpu"))
    }
    # without a spread of the floor a score has no margin, and whatever is certain would be a regression
    assert all(score.floor_spread is not None for record in records for score in record.metrics.values())


def test_every_race_was_held_before() -> None:
    raced = {entry.cell.id for race in load_races(RunFolder(REPORTS / "races/third")) for entry in race.entries}
    cells = expand(load_matrix("contenders"), Selection(engines=("torch", "keras-tf"), device="cpu"))
    assert {cell.id for cell in cells} <= raced
