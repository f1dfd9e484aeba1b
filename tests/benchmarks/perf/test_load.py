"""Large runs: what reads them takes time in proportion to their records, and the runner little beside each cell."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.perf.load import measure_cells, measure_records, save_run
from benchmarks.perf.made_records import made_records
from benchmarks.report.gathered import gather
from benchmarks.report.tables import make_tables
from benchmarks.results.comparison import comparison_rows
from benchmarks.results.comparison_page import page_notes
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.status import status_rows


def compare(run: RunFolder) -> None:
    page_notes(comparison_rows(run.records(), aims=run.aims()))


READERS: dict[str, Callable[[RunFolder], object]] = {
    "status": status_rows,
    "compare": compare,
    "tables": lambda run: make_tables(gather([run])),
}


def test_made_records_are_good_and_always_the_same(tmp_path: Path) -> None:
    run = save_run(tmp_path, 45)
    assert len(run.records()) == len(run.cells()) == 45
    assert [record.model_dump() for record in made_records(3)] == [record.model_dump() for record in made_records(3)]
    assert {row["status"] for row in status_rows(run)} == {"finished"}


@pytest.mark.parametrize("name", READERS)
def test_time_grows_with_the_records_and_no_faster(tmp_path: Path, name: str) -> None:
    """Four times the records take four times as long, give or take; something quadratic would take sixteen times."""
    runs = {count: save_run(tmp_path / str(count), count) for count in (40, 120, 480)}  # the first one pays for imports
    seconds = {}
    for count, run in runs.items():
        begin = time.process_time()
        READERS[name](run)
        seconds[count] = time.process_time() - begin
    assert seconds[480] < 8 * seconds[120] + 0.5


def test_the_script_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measure_records(tmp_path, 8)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["8", "status", "report", "compare"]
    measure_cells(tmp_path, 5)
    assert "ms a cell" in capsys.readouterr().out
