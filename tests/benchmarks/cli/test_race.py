"""The command: what it would race, and input that it refuses in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cli.race import RaceOptions, parse_share, run_race
from common.errors import BadInput


@pytest.fixture
def options(tmp_path: Path, matrix_text: str) -> RaceOptions:
    path = tmp_path / "small.toml"
    path.write_text(matrix_text)
    return RaceOptions(matrix=str(path), out=tmp_path / "run", dry_run=True, as_json=True)


def test_dry_run_lists_contenders_and_starts_nothing(options: RaceOptions, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_race(replace(options, controls=True)) == 0
    names = [row["contender"] for row in json.loads(capsys.readouterr().out)]
    assert names == ["torch eager", "keras-tf graph", "torch eager (again)", "torch eager (5 % slower)"]
    assert run_race(replace(options, engines=("keras-tf",), models=("lsgan", "dcgan"))) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["race"].split("-")[0], row["contender"]) for row in rows] == [
        ("lsgan", "keras-tf graph"),
        ("dcgan", "keras-tf graph"),
    ]
    assert options.out is not None
    assert not options.out.exists()


def test_shares_are_percentages_or_numbers() -> None:
    assert parse_share("precision", "1%") == parse_share("precision", "1 %") == parse_share("precision", "0.01") == 0.01
    for text in ("0", "-1%", "100%", "many", "2"):
        with pytest.raises(BadInput, match=r"--precision .*: give a share between 0 and 1"):
            parse_share("precision", text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": 0.0}, "--window: .*greater than 0"),
        ({"rounds": 0}, "--rounds: "),
        ({"minutes": -1.0}, "--minutes: "),
        ({"incarnations": 0}, "--incarnations: "),
        ({"margin": "5"}, "--margin 5"),
        ({"engines": ("keras",)}, "Unknown engine 'keras'"),
    ],
)
def test_wrong_options_are_refused(options: RaceOptions, change: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        run_race(replace(options, **change))
