"""What a run is doing, read from its files."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest

from benchmarks.faults.moments import Moment, moments, phases_of
from benchmarks.faults.victim import victims_in
from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import load_matrix
from benchmarks.results.run_folder import RunFolder
from common.specs.cell import Cell

MATRIX = Path(__file__).parents[3] / "benchmarks" / "faults" / "matrix.toml"


@pytest.fixture
def grown() -> Cell:
    """A training of two epochs each at 8 pixels, fading to 16, and at 16."""
    return next(cell for cell in expand(load_matrix(str(MATRIX))) if cell.model.name == "pggan")


def epoch(number: int) -> dict[str, object]:
    return {"event": "epoch", "epoch": number, "epochs": 6}


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        ([{"event": "started"}], "starting"),
        ([epoch(1)], "training"),
        ([epoch(1), {"event": "progress", "epoch": 2, "epochs": 6}], "training"),
        ([epoch(2)], "growing"),
        ([epoch(3)], "fading"),
        ([{"event": "progress", "epoch": 4, "epochs": 6}], "fading"),
        ([epoch(4)], "training"),
        ([epoch(6)], "sampling"),
        ([{"event": "sampling"}], "sampling"),
        ([{"event": "finished"}], "scoring"),
        ([epoch(3), {"event": "started"}], "starting"),
    ],
)
def test_the_phase_of_a_cell_that_is_being_worked_on(
    grown: Cell, tmp_path: Path, events: list[dict[str, object]], phase: str
) -> None:
    run = RunFolder(tmp_path)
    folder = run.of(grown)
    folder.create(grown)
    with folder.events_file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.write('{"event": "epo\n' + "".join(json.dumps(event) + "\n" for event in events) + '{"event": "ha')
        handle.flush()
        assert moments(run, [grown]) == {Moment(grown.id, phase)}
    assert moments(run, [grown]) == set()
    folder.record_file.touch()
    assert moments(run, [grown]) == {Moment(None, "reporting")}


def test_a_run_that_has_its_folder_and_no_cell_yet_prepares(grown: Cell, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert moments(run, [grown]) == set()
    run.open([grown])
    assert moments(run, [grown]) == {Moment(None, "preparing")}


def test_every_phase_has_somebody_to_kill(grown: Cell) -> None:
    assert "worker" in victims_in("fading")
    assert victims_in("preparing") == ("run", "all")
    assert victims_in("scoring")[0] == "scorer"
    assert victims_in("reporting")[0] == "reporter"
    assert {"growing", "fading"} < set(phases_of(grown))
