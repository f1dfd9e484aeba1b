"""The folder of a run: whatever its files hold, tables, comparisons, reports and pages, or a sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from benchmarks.machine.host import Host
from benchmarks.perf.made_records import made_records
from benchmarks.racing.record import Entry, RaceRecord, Rules, Start, Window, load_races
from benchmarks.report.build import build_report
from benchmarks.report.folder import ReportFolder
from benchmarks.report.formats import FORMS
from benchmarks.report.gathered import gather
from benchmarks.report.page import page
from benchmarks.report.raw import rows_csv, table_rows
from benchmarks.report.tables import make_tables
from benchmarks.results.comparison import comparison_rows
from benchmarks.results.comparison_page import comparison_page, page_notes
from benchmarks.results.packed import pack
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.status import status_rows
from benchmarks.site.build import build_site
from common.errors import BadInput
from tests.fuzz.harness import as_json, broken, fuzz, keeps_the_promise, warped

RECORDS = made_records(8)
RECORD = json.loads(RECORDS[2].model_dump_json())
RECORD["crashes"] = ["It was killed."]
RECORD["proof"] = {
    "error": 1e-13, "held": True, "rungs": 5, "iterations": 2, "device": "cpu", "against": ["torch eager"],
    "environment": RECORD["environment"],
}  # fmt: skip
# short losses, as a list and packed: strange values shall hit other fields as well
RECORD["training"]["losses"] = {"discriminator": [0.5, 0.25, 0.125], "generator": pack([1.0, 2.0])}
EVENTS = b'{"event": "epoch", "epoch": 3, "epochs": 5}\n{"event": "finished"}\n'


def made_race() -> RaceRecord:
    """Two contenders in three incarnations of two rounds."""
    entries = [Entry(name=record.cell.contender, cell=record.cell) for record in RECORDS[:2]]
    windows = [
        Window(contender=entry.name, incarnation=incarnation, round=turn, position=0, iterations=10,
               seconds=1.0 + 0.01 * incarnation, cpu_seconds=1.0)
        for incarnation in (1, 2, 3) for turn in (0, 1, 2) for entry in entries
    ]  # fmt: skip
    starts = [
        Start(contender=entry.name, incarnation=1, startup_seconds=2.0, compile_seconds=1.0, images_per_iteration=64,
              device="cpu", used="cpu", threads=2)
        for entry in entries
    ]  # fmt: skip
    return RaceRecord(
        label="dcgan-mnist-5k-0", entries=entries, reference=entries[0].name, rules=Rules(), incarnations=3,
        host=Host(processor="Made CPU", cores=2, memory_bytes=1 << 30), environment=RECORDS[0].environment,
        started_at="2026", starts=starts, windows=windows,
    )  # fmt: skip


PACKED_RACE = json.loads(made_race().model_dump_json())
RACE = {**PACKED_RACE, "windows": [json.loads(window.model_dump_json()) for window in made_race().windows]}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of 8 good records and a race."""
    folder = RunFolder(tmp_path / "run")
    folder.open([record.cell for record in RECORDS])
    for record in RECORDS:
        folder.of(record.cell).create(record.cell)
        folder.of(record.cell).save_record(record)
    race = folder.path / "races" / "dcgan" / "race.json"
    race.parent.mkdir(parents=True)
    race.write_text(json.dumps(RACE))
    return folder


def read_all(run: RunFolder) -> None:
    """What status, compare and report make of a run, but for pictures."""
    status_rows(run)
    records = run.records()
    rows = comparison_rows(records, aims=run.aims())
    page_notes(rows)
    comparison_page(rows)
    gathered = gather([run])
    tables = make_tables(gathered)
    for table in (*tables.first, *tables.behind):
        for form in FORMS.values():
            form(table)
    for raw in tables.raw.values():
        rows_csv(raw)
    json.dumps(table_rows(gathered.records), default=str)
    page(ReportFolder(run.path), gathered, tables, [], [])


def promise(run: RunFolder, file: Path, content: bytes, read: Callable[[RunFolder], object] = read_all) -> None:
    """That `read` keeps it with `content` in `file`, which is as before afterwards."""
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    try:
        keeps_the_promise(lambda: read(run), run.path.parent)
    finally:
        file.unlink() if before is None else file.write_bytes(before)


@fuzz(broken(as_json(RECORD)) | warped(RECORD).map(as_json))
def test_a_record(run: RunFolder, content: bytes) -> None:
    promise(run, run.of(RECORDS[2].cell).record_file, content)


@fuzz(broken(as_json(RACE)) | warped(RACE).map(as_json) | broken(as_json(PACKED_RACE)))
def test_a_race(run: RunFolder, content: bytes) -> None:
    promise(run, run.path / "races" / "dcgan" / "race.json", content)


LISTED = {
    "schema_version": 2,
    "cells": [RECORD["cell"]],
    "aims": {"margins": {"time": 0.05, "fid": 2.0}, "quality": {}},
}


@fuzz(broken(as_json(LISTED)) | warped(LISTED).map(as_json))
def test_the_list_of_cells(run: RunFolder, content: bytes) -> None:
    promise(run, run.matrix_file, content)


OTHERS = ("cell.json", "result.json", "metrics.json", "diverged.json", "events.jsonl")


@fuzz(
    st.sampled_from(OTHERS), broken(as_json(RECORD["cell"])) | broken(EVENTS) | warped(RECORD["training"]).map(as_json)
)
def test_the_other_files_of_a_cell(run: RunFolder, name: str, content: bytes) -> None:
    folder = run.of(RECORDS[3].cell)
    folder.record_file.unlink(missing_ok=True)

    def read(run: RunFolder) -> None:
        status_rows(run)
        folder.result()
        folder.scores()
        folder.until_divergence()
        folder.cell()

    promise(run, folder.path / name, content, read)


@pytest.fixture
def small_run(tmp_path: Path) -> RunFolder:
    """Two records with progress samples."""
    folder, draws = RunFolder(tmp_path / "run"), np.random.default_rng(0)
    folder.open([record.cell for record in RECORDS[1:3]])
    for record in RECORDS[1:3]:
        cell = folder.of(record.cell)
        cell.create(record.cell)
        cell.save_record(record)
        (cell.path / "progress").mkdir()
        for epoch in (0, 1):
            np.save(cell.progress_file(epoch), draws.integers(0, 256, (16, 8, 8, 1), dtype=np.uint8))
    return folder


@fuzz(warped(RECORD).map(as_json), share=0.1)
def test_the_pictures_of_a_report(small_run: RunFolder, content: bytes) -> None:
    promise(small_run, small_run.of(RECORDS[2].cell).record_file, content, lambda run: build_report([run]))


@pytest.fixture
def without_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sites without the pages of docs/, which are ours and take seconds to render."""
    monkeypatch.setattr("benchmarks.site.build.documents", list)


@fuzz(warped(RECORD).map(as_json), share=0.1)
def test_a_site(small_run: RunFolder, without_documents: None, content: bytes) -> None:
    def read(run: RunFolder) -> None:
        build_site([run.path], run.path / "site", export=False)
        for file in (run.path / "site").rglob("*.html"):
            assert "<script>alert(1)" not in file.read_text()

    promise(small_run, small_run.of(RECORDS[2].cell).record_file, content, read)


def named(text: str) -> Record:
    """A record that says `text` wherever a record may say anything."""
    record = RECORDS[2].model_copy(deep=True)
    record.reason, record.finished_at, record.status = text, text, "failed"
    record.environment.versions["torch"] = record.environment.platform = text
    assert record.training is not None
    record.training.hardware.processor = text
    return record


def test_texts_of_records_stay_texts(small_run: RunFolder, without_documents: None) -> None:
    record = named("<script>alert(1)</script> $\\frac{$ %s {{ 7 * 7 }} \x1b[2J | \n\n# x\n")
    small_run.of(record.cell).save_record(record)
    build_report([small_run])
    build_site([small_run.path], small_run.path / "site", export=False)
    for file in (small_run.path / "site").rglob("*.html"):
        assert "<script>alert(1)" not in file.read_text()


@pytest.mark.parametrize("name", ["../../evil", "", "a/b", "\x1b[2J", "x" * 1000])
def test_a_model_with_the_name_of_a_path_is_refused(small_run: RunFolder, name: str) -> None:
    content = json.loads(json.dumps(RECORD))
    content["cell"]["model"]["name"] = name
    small_run.of(RECORDS[2].cell).record_file.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=r"record\.json is not a record of schema 2: cell\.model\.name"):
        small_run.records()


def test_a_pipe_is_not_waited_for(small_run: RunFolder) -> None:
    file = small_run.of(RECORDS[2].cell).record_file
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(BadInput, match="no plain file"):
        small_run.records()


def test_a_race_of_a_billion_incarnations_is_refused(run: RunFolder) -> None:
    (run.path / "races" / "dcgan" / "race.json").write_text(json.dumps({**RACE, "incarnations": 10**9}))
    with pytest.raises(BadInput, match="incarnations"):
        load_races(run)
