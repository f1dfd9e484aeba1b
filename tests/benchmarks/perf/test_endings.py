"""How far apart twins end: differences worked out by hand, and the rows of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.perf.endings import FIRST, gap, loss_gap, pairs, table, weight_gaps
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.tensor_files import save_tensors


def test_losses_differ_relative_to_the_larger_one() -> None:
    one, other = {"generator": [2.0, 1.0, -4.0]}, {"generator": [2.0, 1.0, -5.0]}
    assert loss_gap(one, other) == pytest.approx(0.2)
    assert loss_gap(one, other, iterations=2) == 0.0


def test_running_variances_are_told_apart_from_weights() -> None:
    one = {
        "kernel": np.array([1.0, 2.0]),
        "norm.running_variance": np.array([4.0, 1.0]),
        "norm.running_mean": np.ones(2),
    }
    other = {
        "kernel": np.array([1.0, 2.5]),
        "norm.running_variance": np.array([5.0, 1.0]),
        "norm.running_mean": np.zeros(2),
    }
    weight, variance = weight_gaps(one, other)
    assert weight == 0.5
    assert variance == pytest.approx(0.2)
    assert np.isnan(weight_gaps({"kernel": np.ones(1)}, {"kernel": np.ones(1)})[1])


def keep(folder: CellFolder, weight: float, grey: int) -> None:
    save_tensors(folder.generator_file, {"kernel": np.array([weight])}, {})
    np.save(folder.samples_file, np.array([0, 0, 0, grey], np.uint8).reshape(1, 2, 2, 1))


@pytest.fixture
def run(tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]) -> RunFolder:
    later = [0.5] * FIRST + [1.0]
    records = [
        make_record("torch", losses={"generator": [0.5] * FIRST + [2.0]}),
        make_record("keras-tf", losses={"generator": later}),
    ]
    save_run(tmp_path, records)
    run = RunFolder(tmp_path)
    keep(run.of(records[0].cell), 1.0, 255)
    keep(run.of(records[1].cell), 1.25, 0)
    return run


def test_twins_of_a_run_are_compared(run: RunFolder) -> None:
    ((mine, base),) = pairs(run.path)
    assert (mine[1].cell.engine, base[1].cell.engine) == ("keras-tf", "torch")
    found = gap(mine, base)
    assert (found.iterations, found.early, found.loss, found.weight) == (FIRST + 1, 0.0, 0.5, 0.25)
    assert (found.grey, found.share) == (255, 0.25)
    row = table([(mine, base)]).splitlines()[-1]
    assert [text.strip() for text in row.split("|")[2:-1]] == ["11", "0e+00", "5e-01", "2e-01", "-", "255", "25.0%"]


def test_two_runs_are_compared_cell_by_cell(run: RunFolder) -> None:
    compared = pairs(run.path, run.path)
    assert [mine[1].cell == base[1].cell for mine, base in compared] == [True, True]
    assert [gap(*each).weight for each in compared] == [0.0, 0.0]


def test_a_run_without_twins_is_refused(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    save_run(tmp_path, [make_record("torch")])
    with pytest.raises(BadInput, match="No two finished cells"):
        pairs(tmp_path)
