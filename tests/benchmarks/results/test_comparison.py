"""Comparisons: paired by seed, and no verdict that the seeds do not carry."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.results.comparison import comparison_rows
from benchmarks.results.records import Record
from common.specs.judge import JudgeSpec


def test_one_seed_gives_numbers_without_a_verdict(make_record: Callable[..., Record]) -> None:
    rows = comparison_rows(
        [make_record(seconds=[2.0], scores={"fid": 10.0}), make_record("keras-tf", seconds=[1.0], scores={"fid": 9.0})]
    )
    assert [(row["quantity"], row["value"], row["low"], row["verdict"]) for row in rows] == [
        ("epoch_time", 0.5, None, "1 seed, no interval"),
        ("FID (mnistnet)", -1.0, None, "1 seed, no interval"),
    ]


@pytest.mark.parametrize(
    ("seconds", "fids", "verdicts"),
    [
        ((1.0, 1.1, 0.9), (5.0, 6.0, 7.0), ["faster", "better"]),
        ((3.0, 3.1, 2.9), (15.0, 16.0, 17.0), ["slower", "worse"]),
        ((1.0, 2.0, 3.0), (9.0, 10.0, 11.0), ["no difference shown", "no difference shown"]),
    ],
)
def test_verdicts_from_three_seeds_on(
    make_record: Callable[..., Record], seconds: tuple[float, ...], fids: tuple[float, ...], verdicts: list[str]
) -> None:
    records = [make_record(seed=seed, seconds=[2.0], scores={"fid": 10.0}) for seed in range(3)]
    records += [
        make_record("keras-tf", seed, [seconds[seed]], {"fid": fids[seed], "precision": 0.5}) for seed in range(3)
    ]
    rows = comparison_rows(records)
    assert [row["verdict"] for row in rows] == verdicts
    assert {row["seeds"] for row in rows} == {3}


def test_higher_is_better_is_heeded(make_record: Callable[..., Record]) -> None:
    records = [make_record(seed=seed, scores={"precision": 0.5}) for seed in range(3)]
    records += [make_record("keras-tf", seed, scores={"precision": 0.6}) for seed in range(3)]
    assert comparison_rows(records)[1]["verdict"] == "better"


def test_scores_under_different_protocols_are_not_compared_but_times_are(make_record: Callable[..., Record]) -> None:
    mine, base = make_record("keras-tf", scores={"fid": 1.0}), make_record(scores={"fid": 2.0})
    judge = JudgeSpec(extractor="inception")
    other = mine.metrics["fid"].model_copy(update={"protocol": {"extractor": "inception"}})
    changed = {"cell": mine.cell.model_copy(update={"judge": judge}), "metrics": {"fid": other}}
    assert [row["quantity"] for row in comparison_rows([base, mine])] == ["epoch_time", "FID (mnistnet)"]
    assert [row["quantity"] for row in comparison_rows([base, mine.model_copy(update=changed)])] == ["epoch_time"]


def test_unfinished_cells_are_not_compared(make_record: Callable[..., Record]) -> None:
    assert comparison_rows([make_record(), make_record("keras-tf", status="diverged")]) == []
    assert comparison_rows([make_record(status="failed"), make_record("keras-tf")]) == []
