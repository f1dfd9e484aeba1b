"""`ganbench compare` from folders to text: the page, the long form, JSON, two runs, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.cli.compare import compare_runs
from benchmarks.racing.record import RaceRecord, save_race
from benchmarks.results.aims import Aims
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RACE_RECORD, RACES, RunFolder
from common.errors import BadInput

Make = Callable[..., Record]


def save(path: Path, records: list[Record]) -> Path:
    run = RunFolder(path)
    run.open([record.cell for record in records], Aims(margins={"time": 0.1}))
    for record in records:
        run.of(record.cell).save_record(record)
    return path


def trained(make: Make, slower: float = 1.0, **changes: object) -> list[Record]:
    """Three seeds of torch and of Keras, which takes 1.5 times as long."""
    return [
        make(engine, seed, [slower * factor * (1 + seed / 100)], {"fid": 10.0 + seed, "precision": 0.5}, **changes)
        for engine, factor in (("torch", 1.0), ("keras-tf", 1.5))
        for seed in range(3)
    ]


def shown(capsys: pytest.CaptureFixture[str], *runs: Path, **how: object) -> str:
    first, second = (*runs, None)[:2]
    assert first is not None
    compare_runs(first, second, **{"reference": None, "long": False, "across": False, "as_json": False, **how})
    return capsys.readouterr().out


def test_a_page_a_long_form_and_json(make_record: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = save(tmp_path / "run", trained(make_record))
    page = shown(capsys, run)
    assert [line.split() for line in page.splitlines() if "keras-tf" in line] == [
        ["dcgan", "keras-tf", "graph", "1.5", "[1.5,", "1.5]", "0", "±", "0", "0", "±", "0"]
    ]
    assert "against torch eager of the same model, seed by seed" in page
    assert "their intervals at 95 % are each row's own, over 3 seeds." in page
    assert "epoch time: equal within 10 % (matrix)" in page
    assert len([line for line in shown(capsys, run, long=True).splitlines() if "keras-tf" in line]) == 3
    rows = json.loads(shown(capsys, run, as_json=True))
    assert [(row["quantity"], row["replicates"], row["level"]) for row in rows] == [
        ("epoch_time", 3, 0.95), ("FID (mnistnet)", 3, 0.95), ("Precision (mnistnet)", 3, 0.95),
    ]  # fmt: skip


def test_any_contender_is_the_reference_that_is_named(
    make_record: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = save(tmp_path / "run", trained(make_record))
    page = shown(capsys, run, reference="keras-tf graph")
    assert [line.split()[:5] for line in page.splitlines() if "torch eager" in line] == [
        ["dcgan", "torch", "eager", "0.667", "[0.667,"]
    ]
    assert "faster" in page
    assert "against keras-tf graph of the same model" in page
    with pytest.raises(BadInput, match="Known: keras-tf graph, torch eager"):
        shown(capsys, run, reference="torch compiled")
    with pytest.raises(BadInput, match="cell by cell, without a --reference"):
        shown(capsys, run, run, reference="torch eager")


def test_a_later_run_against_an_earlier_one(
    make_record: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = make_record().environment.model_copy(update={"versions": {"torch": "2.15.0"}})
    runs = (
        save(tmp_path / "old", trained(make_record)),
        save(tmp_path / "new", trained(make_record, 1.3, environment=environment)),
    )
    page = shown(capsys, *runs)
    assert page.count("1.3 [1.3, 1.3]") == 2
    assert page.count("slower") == 2
    assert "against the earlier run of the same model" in page
    assert "Versions, of the earlier / of the later: torch 2.14.1 / 2.15.0." in page
    assert "Both runs used the same versions" in shown(capsys, runs[0], runs[0])


def test_other_machines_are_refused_unless_asked_for(
    make_record: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training = make_record().training
    assert training is not None
    hardware = training.hardware.model_copy(update={"processor": "Other CPU"})
    runs = save(tmp_path / "old", trained(make_record)), save(tmp_path / "new", trained(make_record, hardware=hardware))
    with pytest.raises(BadInput, match=r"differ in their machine \(Other CPU, .* / Test CPU, .*\), so what they say"):
        shown(capsys, *runs)
    compare_runs(*runs, reference=None, long=False, across=True, as_json=False)
    streams = capsys.readouterr()
    assert "equivalent" in streams.out
    assert streams.err.startswith("Compared across different machine (Other CPU")


def test_races_of_two_runs_are_compared_ratio_by_ratio(
    make_race: Callable[..., RaceRecord], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "old", tmp_path / "new"
    for run, ratio in zip(runs, (1.2, 1.5), strict=True):
        race = make_race(ratio)
        save_race(race, run / RACES / race.label / RACE_RECORD)
    page = shown(capsys, *runs)
    assert "1.208 [" in page
    assert "1.510 [" in page
    assert "1.250 [" in page
    assert "slower" in page
    assert "equal is within 5 %" in page
    assert "equivalent within 5 %" in shown(capsys, runs[0], runs[0])
    (row,) = json.loads(shown(capsys, *runs, as_json=True))
    assert (row["contender"], row["change"]) == ("keras-tf graph", pytest.approx(1.25))
    other = make_race(1.5)
    other = other.model_copy(update={"host": other.host.model_copy(update={"processor": "Other CPU"})})
    save_race(other, runs[1] / RACES / other.label / RACE_RECORD)
    with pytest.raises(BadInput, match=r"races differ in their machine \(Test CPU, .* / Other CPU, .*--across"):
        shown(capsys, *runs)
    compare_runs(*runs, reference=None, long=True, across=True, as_json=False)
    assert "Compared across different machine" in capsys.readouterr().err


def test_a_proven_regression_fails_if_it_is_asked_for(
    make_record: Make, make_race: Callable[..., RaceRecord], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = save(tmp_path / "old", trained(make_record)), save(tmp_path / "new", trained(make_record, 1.3))
    how = {"reference": None, "long": False, "across": False, "as_json": False}
    for run, ratio in ((old, 1.2), (new, 1.5)):
        race = make_race(ratio)
        save_race(race, run / RACES / race.label / RACE_RECORD)
    assert compare_runs(old, new, **how, fail=True) == 1
    assert capsys.readouterr().err == (
        "The later run is proven slower or worse, beyond the margin: "
        "dcgan on mnist-5k, keras-tf graph: 1.25 times as long in races; "
        "dcgan on mnist-5k, keras-tf graph: epoch time 1.3 times as long; "
        "dcgan on mnist-5k, torch eager: epoch time 1.3 times as long.\n"
    )
    assert compare_runs(old, new, **how) == 0  # nobody asked
    assert compare_runs(new, old, **how, fail=True) == 0  # faster is no regression
    assert capsys.readouterr().err == ""
    assert compare_runs(old, new, **{**how, "as_json": True}, fail=True) == 1
    assert len(json.loads(capsys.readouterr().out)) == 7
    with pytest.raises(BadInput, match="give OLD and NEW"):
        compare_runs(old, None, **how, fail=True)
