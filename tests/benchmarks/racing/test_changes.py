"""Two races of the same contenders: which belong together, what became of a ratio, and how often chance says so."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from benchmarks.racing.changes import change_rows, paired_races, race_differences
from benchmarks.racing.entries import with_controls
from benchmarks.racing.record import RaceRecord
from benchmarks.results.mixing import other_versions
from benchmarks.results.verdicts import judge_change

MakeRace = Callable[..., RaceRecord]


def test_races_of_one_model_and_shape_belong_together(make_race: MakeRace) -> None:
    old, new = [make_race(1.2, "dcgan"), make_race(1.2, "wgan")], [make_race(1.3, "lsgan"), make_race(1.3, "dcgan")]
    assert paired_races(old, new) == [(old[0], new[1])]


def test_rows_hold_both_ratios_and_leave_controls_out(make_race: MakeRace) -> None:
    old, new = make_race(1.2), make_race(1.1)
    new.entries = with_controls(new.entries)
    (row,) = change_rows([(old, new)])
    assert (row["contender"], row["verdict"]) == ("keras-tf graph", "faster")
    assert row["later"] / row["earlier"] == pytest.approx(row["change"]) == pytest.approx(1.1 / 1.2)
    assert row["low"] < row["change"] < row["high"]


def test_what_should_be_equal_and_is_not_has_a_name(make_race: MakeRace) -> None:
    old, new = make_race(), make_race()
    assert race_differences([(old, new)]) == []
    new.starts = [start.model_copy(update={"threads": 1}) for start in new.starts]
    new.environment = new.environment.model_copy(update={"versions": {"torch": "2.15.0"}})
    old.environment = old.environment.model_copy(update={"versions": {"torch": "2.14.1"}})
    assert race_differences([(old, new)]) == ["threads (2 / 1)"]
    assert other_versions([(old.environment, new.environment)]) == ["torch 2.14.1 / 2.15.0"]


def test_the_change_of_a_ratio_is_welchs_test() -> None:
    draws = np.random.default_rng(0)
    before, after = np.exp(draws.normal(0.1, 0.03, 9)), np.exp(draws.normal(0.15, 0.01, 14))
    verdict = judge_change(list(before), list(after))
    expected = stats.ttest_ind(np.log(after), np.log(before), equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert verdict.p_differs == pytest.approx(expected.pvalue)
    assert verdict.summary.low == pytest.approx(math.exp(interval.low))
    assert verdict.summary.high == pytest.approx(math.exp(interval.high))
    assert judge_change(list(before), list(after[:2])).kind == "too few"


def test_its_interval_covers_what_it_claims() -> None:
    draws = np.random.default_rng(1)
    covered = 0
    for _ in range(2000):
        before, after = np.exp(draws.normal(0.0, 0.04, 6)), np.exp(draws.normal(0.02, 0.02, 12))
        covered += not judge_change(list(before), list(after)).summary.excludes(math.exp(0.02))
    assert 0.93 < covered / 2000 < 0.97
