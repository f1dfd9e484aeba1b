"""Published numbers beside ours: that ours stand below theirs, and that nothing is made up where we have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.report.gathered import Gathered, ordered
from benchmarks.report.groups import groups
from benchmarks.report.published import projects, published_table
from benchmarks.report.table import Table
from benchmarks.results.aims import Aims
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from common.specs.datasets import DATASETS
from common.specs.models import MODELS


def beside(records: list[Record]) -> Table:
    cells = ordered([record.cell for record in records])
    folders = {cell.id: CellFolder(Path("nowhere")) for cell in cells}
    return published_table(groups(Gathered(cells, {each.cell.id: each for each in records}, folders, [], Aims())))


def on(record: Record, dataset: str) -> Record:
    cell = record.cell.model_copy(update={"dataset": dataset})
    return record.model_copy(update={"cell": cell, "id": cell.id})


def test_names_are_those_of_our_models_and_data_sets() -> None:
    for project in projects():
        assert project.protocol
        for row in project.rows:
            assert row.model in MODELS
            assert row.dataset in DATASETS


def test_ours_stand_below_theirs(make_record: Callable[..., Record]) -> None:
    mine = make_record(scores={"inception_score": 6.0, "fid": 12.5, "precision": 0.6, "recall": 0.7})
    parameters = {"generator": 1_250_000, "discriminator": 700_000}
    assert mine.training is not None
    mine = mine.model_copy(update={"training": mine.training.model_copy(update={"parameters": parameters})})
    table = beside([on(mine, "mnist")])
    own = [row for row in table.texts if row[:2] == ["dcgan", "mnist"]]
    assert own == [
        ["dcgan", "mnist", "UAB thesis, PyTorch", "70,000", "2.13", "49.5", "0.080 / 0.101", "ImageNet's Inception",
         "189", "12.66 M / 2.77 M"],
        ["dcgan", "mnist", "UAB thesis, PyTorch", "30,000", "2.18", "51.1", "0.050 / 0.132", "ImageNet's Inception",
         "92.0", "12.66 M / 2.77 M"],
        ["dcgan", "mnist", "ganbench, torch eager", "160", "6.00", "12.5", "0.600 / 0.700", "mnistnet", "2.00",
         "1.25 M / 0.70 M"],
    ]  # fmt: skip


def test_what_we_have_not_measured_says_so(make_record: Callable[..., Record]) -> None:
    table = beside([on(make_record(scores={"fid": 1.0}), "mnist")])
    celeba = [row[2:4] for row in table.texts if row[:2] == ["wgan", "celeba"]]
    assert celeba[-1] == ["ganbench", "not measured here"]


def test_a_run_that_nobody_published_anything_about_has_no_such_table(make_record: Callable[..., Record]) -> None:
    assert not beside([make_record(scores={"fid": 1.0})]).tells
