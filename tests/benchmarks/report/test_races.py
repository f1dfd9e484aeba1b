"""Races in a report: ratios first, what they used behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.racing.record import RaceRecord, save_race
from benchmarks.report.build import build_report
from benchmarks.report.races import more_race_table, race_notes, race_table, rows_of
from benchmarks.results.run_folder import RACE_RECORD, RACES, RunFolder


def test_ratio_speed_and_verdict_stand_first(make_race: Callable[..., RaceRecord]) -> None:
    races = [make_race(1.2)]
    table = race_table(rows_of(races), race_notes(races))
    assert table.headers == ["model", "dataset", "contender", "time / reference's", "images/s", "verdict"]
    torch, keras = table.texts
    assert torch[2:] == ["torch eager", "1.000", "320", "reference"]
    assert keras[3].startswith("1.208 [1.2")
    assert keras[5] == "slower"
    assert any("Raced on: Test CPU, 2 cores." in note for note in table.notes)


def test_what_contenders_used_stands_behind(make_race: Callable[..., RaceRecord]) -> None:
    races = [make_race(1.2, watts=64.0)]
    table = more_race_table(rows_of(races), races, [])
    torch = dict(zip(table.headers, table.texts[0], strict=True))
    assert torch["cores busy"] == "0.50"
    assert (torch["GPU watts"], torch["J / image"]) == ("64", "0.200")
    assert (torch["start-up s"], torch["compile s"], torch["windows"]) == ("3.0", "1.5", "6")
    assert "No % of peak: its network family does not tell its layers." in table.notes
    without = more_race_table(rows_of([make_race()]), [make_race()], [])
    assert not {"GPU watts", "J / image", "% of peak"} & set(without.headers)
    assert "No energy: there is no counter." in without.notes


def test_three_races_have_a_mean(make_race: Callable[..., RaceRecord]) -> None:
    races = [make_race(1.2, name) for name in ("dcgan", "lsgan", "wgan")]
    assert race_table(rows_of(races), []).texts[-1][0] == "all 3"
    assert len(more_race_table(rows_of(races), races, []).rows) == 6
    assert rows_of([]) == []


def test_many_races_are_a_map_and_their_means_a_plot(
    tmp_path: Path, make_race: Callable[..., RaceRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.report.figures.MOST_RATIOS", 3)
    for name in ("dcgan", "lsgan", "wgan"):
        save_race(make_race(1.2, name), tmp_path / RACES / name / RACE_RECORD)
    build_report([RunFolder(tmp_path)])
    forest, heat = ((tmp_path / "figures" / f"speed-{each}.svg").read_text() for each in ("races", "map"))
    assert "lsgan on mnist-5k" in heat
    assert "lsgan" not in forest
    assert "all 3 races" in forest
    page = (tmp_path / "report.md").read_text()
    assert "figures/speed-map.svg" in page
    assert "1 of 4, the tables have all" in page
