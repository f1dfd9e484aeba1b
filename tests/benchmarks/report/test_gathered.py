"""Several runs as one: which record counts, what is missing, and which margins hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.report.gathered import gather
from benchmarks.results.aims import Aims
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput


@pytest.fixture
def runs(tmp_path: Path) -> tuple[RunFolder, RunFolder]:
    return RunFolder(tmp_path / "one"), RunFolder(tmp_path / "two")


def test_two_runs_are_one_and_the_baseline_stands_first(
    runs: tuple[RunFolder, RunFolder], make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    save_run(runs[0].path, [make_record("keras-tf")], missing=(make_record(seed=4).cell,))
    save_run(runs[1].path, [make_record()])
    merged = gather(runs)
    assert [record.cell.engine for record in merged.records] == ["torch", "keras-tf"]
    assert [(cell.engine, cell.seed) for cell in merged.missing] == [("torch", 4)]
    assert merged.folders[merged.records[1].cell.id].progress_files()
    assert merged.doubles == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_a_cell_in_both_the_finished_and_then_the_later_one_counts(
    runs: tuple[RunFolder, RunFolder],
    make_record: Callable[..., Record],
    save_run: Callable[..., None],
    order: tuple[int, int],
) -> None:
    later = "2026-02-01T00:00:00+00:00"
    save_run(runs[0].path, [make_record(scores={"fid": 1.0}), make_record("keras-tf", scores={"fid": 2.0})])
    save_run(
        runs[1].path,
        [
            make_record(status="failed", reason="It broke.", finished_at=later),
            make_record("keras-tf", scores={"fid": 3.0}, finished_at=later),
        ],
    )
    merged = gather([runs[i] for i in order])
    assert [record.metrics["fid"].value for record in merged.records] == [1.0, 3.0]
    assert merged.doubles == 2


def test_the_smallest_margin_holds(
    runs: tuple[RunFolder, RunFolder], make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    for run, margins in zip(runs, ({"time": 0.1, "fid": 1.0}, {"time": 0.05}), strict=True):
        save_run(run.path, [make_record()])
        run.open([], Aims(margins=margins))
    assert gather(runs).aims.margins == {"time": 0.05, "fid": 1.0}


def test_nothing_at_all_is_bad_input(runs: tuple[RunFolder, RunFolder]) -> None:
    with pytest.raises(BadInput, match=r"No records under .*one.*, .*two"):
        gather(runs)
