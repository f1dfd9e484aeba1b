"""The whole report: built from a run folder, again and again, with or without samples."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.report.build import build_report
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from tests.benchmarks.folders import tree


def test_report_holds_table_notes_and_every_picture(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    records = [make_record(scores={"fid": 12.5}), make_record("keras-tf", status="failed", reason="It | broke.")]
    save_run(tmp_path, records)
    build_report([RunFolder(tmp_path)])
    report = (tmp_path / "report.md").read_text()
    assert (tmp_path / "tables" / "scores.md").read_text().rstrip() in report
    pictures = [line[line.index("(") + 1 : -1] for line in report.splitlines() if line.startswith("![")]
    assert {Path(picture).name for picture in pictures} == {
        "dcgan-mnist-5k-losses.svg", "dcgan-mnist-5k-keras-tf_graph-difference.svg",
        "dcgan-mnist-5k-s0-side-by-side.png", "training.gif",
    }  # fmt: skip
    for picture in pictures:
        assert (tmp_path / picture).stat().st_size > 1000
        if not picture.endswith(".svg"):
            with Image.open(tmp_path / picture) as image:
                image.verify()
    assert "It | broke." in report


def test_a_report_with_every_gap_is_the_same_anywhere_and_again(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    records = [
        make_record(scores={"fid": 12.5}),
        make_record("keras-tf", status="failed", reason="It | broke.", training=None),
        make_record("torch:compiled", status="diverged", diverged_in_epoch=2, reason="Not finite."),
    ]
    save_run(run, records, missing=(make_record("keras-tf:compiled").cell,))
    save_run(other, [make_record("keras-tf", seed=1, scoring_failed=True, metrics_reason="No images.")])
    for name in ("a", "b", "a"):
        build_report([RunFolder(run), RunFolder(other)], tmp_path / name)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    report = (tmp_path / "a" / "report.md").read_text()
    for gap in ("missing", "failed", "diverged in epoch 2", "not scored", "It | broke.", "No images."):
        assert gap in report


def test_several_runs_need_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--to FOLDER"):
        build_report([RunFolder(tmp_path), RunFolder(tmp_path)])


def test_records_alone_are_enough_for_the_table(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    record = make_record(scores={"fid": 12.5})
    save_run(tmp_path, [record])
    shutil.rmtree(RunFolder(tmp_path).of(record.cell).path / "progress")
    build_report([RunFolder(tmp_path)])
    assert "12.5" in (tmp_path / "tables" / "cells.csv").read_text()
    assert [path.name for path in (tmp_path / "figures").glob("*.png")] == ["dcgan-mnist-5k-losses.png"]


def test_tables_of_an_earlier_report_that_tell_nothing_now_are_deleted(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    run, own = tmp_path / "run", tmp_path / "report" / "tables" / "my-own.md"
    save_run(run, [make_record(scores={"fid": 12.5})])
    build_report([RunFolder(run)], tmp_path / "report")
    assert (own.parent / "scores.md").is_file()
    own.write_text("mine")
    unscored = make_record()
    RunFolder(run).of(unscored.cell).save_record(unscored)
    build_report([RunFolder(run)], tmp_path / "report")
    assert list(own.parent.glob("scores.*")) == []
    assert "scores.tex" not in (own.parent / "tables.tex").read_text()
    assert own.read_text() == "mine"


def test_side_by_side_has_a_panel_per_engine_and_room_for_missing_epochs(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    alone, pair = tmp_path / "alone", tmp_path / "pair"
    save_run(alone, [make_record()])
    both = [make_record(), make_record("keras-tf", status="diverged")]
    save_run(pair, both)
    (RunFolder(pair).of(both[1].cell).path / "progress" / "epoch_0003.npy").unlink()
    build_report([RunFolder(alone)])
    build_report([RunFolder(pair)])
    name = "figures/dcgan-mnist-5k-s0-side-by-side.png"
    one, two = (np.asarray(Image.open(run / name).convert("L")) for run in (alone, pair))
    assert 1.7 < two.shape[1] / one.shape[1] < 2.1
    assert two.shape[0] == one.shape[0]


def test_folder_without_records_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No records"):
        build_report([RunFolder(tmp_path)])


def test_damaged_record_names_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "cells" / "x"
    folder.mkdir(parents=True)
    (folder / "record.json").write_text("{")
    with pytest.raises(BadInput, match=r"record\.json is not JSON"):
        build_report([RunFolder(tmp_path)])


def test_films_without_their_package_are_refused_before_anything_is_written(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_run(tmp_path, [make_record()])
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    before = tree(tmp_path)
    with pytest.raises(BadInput, match=r"ganbench\[video\]"):
        build_report([RunFolder(tmp_path)], films=True)
    assert tree(tmp_path) == before
