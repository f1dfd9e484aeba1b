"""Publishing a run: a small run folder whose report is made from what was kept, again and again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.report.build import build_report
from benchmarks.report.publish import publish
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from tests.benchmarks.folders import tree

Make, Save = Callable[..., Record], Callable[..., None]


@pytest.fixture
def run(tmp_path: Path, make_record: Make, save_run: Save) -> RunFolder:
    """Two engines, two seeds, each with samples and a generator; one cell more was asked for."""
    made = RunFolder(tmp_path / "run")
    records = [
        make_record(engine, seed=seed, scores={"fid": 9.5}) for seed in (0, 1) for engine in ("torch", "keras-tf")
    ]
    save_run(made.path, records, missing=(make_record("keras-jax").cell,))
    for record in records:
        Image.new("RGB", (4, 4)).save(made.of(record.cell).path / "nearest.png")
        made.of(record.cell).generator_file.write_bytes(b"weights")
    return made


def test_records_stay_whole_and_only_the_first_seed_keeps_a_grid(run: RunFolder, tmp_path: Path) -> None:
    to = RunFolder(tmp_path / "published")
    files = publish(run, to)
    assert [path.name for path in files] == [path.name for path in sorted(to.path.rglob("*")) if path.is_file()]
    assert to.records() == run.records()
    assert to.asked() == run.asked()
    for record in run.records():
        kept = {path.name for path in to.of(record.cell).path.iterdir()}
        pictures = {"nearest.png", "grid_epoch_0003.png"} if record.cell.seed == 0 else set()
        assert kept == {"record.json", *pictures}
    report = (to.path / "report.md").read_text()
    assert "grid_epoch_0003.png" in report
    assert "side-by-side.png" in report
    assert "missing: it has not been trained" in report
    assert "seed 1\n" not in report.partition("## Each training")[2]


def test_the_report_is_rebuilt_from_what_was_published_alone(run: RunFolder, tmp_path: Path) -> None:
    to = RunFolder(tmp_path / "published")
    publish(run, to)
    first = tree(to.path)
    build_report([to])
    assert tree(to.path) == first
    publish(run, to)
    assert tree(to.path) == first


def test_a_published_run_is_reported_elsewhere_with_its_pictures(run: RunFolder, tmp_path: Path) -> None:
    publish(run, to := RunFolder(tmp_path / "published"))
    build_report([to], tmp_path / "elsewhere")
    assert len(list((tmp_path / "elsewhere" / "cells").glob("*/grid_epoch_0003.png"))) == 2


def test_generators_come_along_where_they_are_asked_for(run: RunFolder, tmp_path: Path) -> None:
    to = RunFolder(tmp_path / "published")
    publish(run, to, ["dcgan"])
    kept = {record.cell.seed for record in to.records() if to.of(record.cell).generator_file.is_file()}
    assert kept == {0}


def test_what_cannot_be_published_is_said(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is the run itself"):
        publish(run, RunFolder(run.path / ".." / "run"))
    with pytest.raises(BadInput, match="dcgna"):
        publish(run, RunFolder(tmp_path / "published"), ["dcgna"])
    with pytest.raises(BadInput, match="No records"):
        publish(RunFolder(tmp_path / "nothing"), RunFolder(tmp_path / "published"))
    assert not (tmp_path / "published").exists()
