"""Verdicts in words, from trainings and from races."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.racing.record import RaceRecord
from benchmarks.report.races import rows_of
from benchmarks.report.verdicts import verdict_table
from benchmarks.results.comparison import comparison_rows
from benchmarks.results.records import Record


def trained(make: Callable[..., Record]) -> list[Record]:
    records = [make(seed=seed, seconds=[1.0], scores={"fid": 10.0}) for seed in range(4)]
    return records + [make("keras-tf", seed, [1.5 + 0.01 * seed], {"fid": 12.0 + 0.1 * seed}) for seed in range(4)]


def test_trainings_alone(make_record: Callable[..., Record]) -> None:
    table = verdict_table(comparison_rows(trained(make_record)), [], ["A note."])
    assert table.headers == ["model", "dataset", "engine", "against", "speed", "quality"]
    [row] = table.texts
    assert row[:4] == ["dcgan", "mnist-5k", "keras-tf graph", "torch eager"]
    assert row[4].startswith("slower (1.51 times as long [1.")
    assert row[5].startswith("worse: FID (mnistnet) (+2.15 [+1.")


def test_a_race_decides_on_speed_and_the_mean_stands_first(
    make_record: Callable[..., Record], make_race: Callable[..., RaceRecord]
) -> None:
    races = rows_of([make_race(0.8, name) for name in ("dcgan", "lsgan", "wgan")])
    table = verdict_table(comparison_rows(trained(make_record)), races, [])
    assert [row[0] for row in table.texts] == ["all 3", "dcgan", "lsgan", "wgan"]
    assert table.texts[1][4].startswith("in a race faster (0.806 times as long")
    assert table.texts[1][5].startswith("worse: FID")
    assert table.texts[2][5] == "-"


def test_one_seed_has_no_verdict_and_nothing_no_table(make_record: Callable[..., Record]) -> None:
    rows = comparison_rows([make_record(), make_record("keras-tf", seconds=[3.0])])
    assert verdict_table(rows, [], []).texts[0][4] == "1 seed, no verdict (1.5 times as long)"
    assert not verdict_table([], [], []).tells
