"""Estimates: what median polish recovers, which windows stand out, and intervals that survive being looked at."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.racing.estimate import LOOK_ALPHA, levels_of, outliers, paces, polish
from benchmarks.racing.record import Split, Window
from benchmarks.results.statistics import mean_interval


def window(contender: str, round_: int, seconds: float, iterations: int = 10) -> Window:
    return Window(
        contender=contender, incarnation=1, round=round_, position=0, iterations=iterations, seconds=seconds,
        cpu_seconds=0.0,
    )  # fmt: skip


def grid(seconds: dict[str, float], rounds: int = 5) -> list[Window]:
    """Two windows per round and contender; each round the machine is 20 % slower."""
    return [
        window(name, round_, each * 1.2**round_) for round_ in range(rounds) for name, each in seconds.items()
    ] * 2  # fmt: skip


def test_polish_takes_an_additive_table_apart() -> None:
    """By hand: rows 0 and 3, columns 10, 20, 30, and one value that is broken."""
    rows, columns = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    values = np.array([10.0, 20.0, 30.0, 13.0, 23.0, 33.0])
    levels, rest = polish(values, rows, columns)
    assert levels[1] - levels[0] == pytest.approx(3.0)
    assert rest == pytest.approx(np.zeros(6), abs=1e-6)
    values[4] = 1000.0
    levels, rest = polish(np.tile(values, 2), np.tile(rows, 2), np.tile(columns, 2))
    assert levels[1] - levels[0] == pytest.approx(3.0)


def test_level_is_the_log_of_the_seconds_per_iteration_in_a_typical_round() -> None:
    levels, _ = levels_of(grid({"a": 2.0, "b": 3.0}))
    assert np.exp(levels["a"]) == pytest.approx(0.2 * 1.2**2)
    assert np.exp(levels["b"] - levels["a"]) == pytest.approx(1.5)
    assert levels_of([]) == ({}, [])


def test_stalled_windows_change_nothing_and_are_found() -> None:
    windows = grid({"a": 2.0, "b": 3.0, "c": 4.0})
    for index in (3, 10, 20):
        windows[index] = windows[index].model_copy(update={"seconds": windows[index].seconds * 10})
    levels, _ = levels_of(windows)
    assert np.exp(levels["b"] - levels["a"]) == pytest.approx(1.5, rel=1e-3)
    assert [index for index, odd in enumerate(outliers(windows)) if odd] == [3, 10, 20]
    assert outliers([]) == []


def test_windows_that_differ_by_less_than_ten_percent_are_no_outliers() -> None:
    windows = grid({"a": 2.0, "b": 3.0})
    windows[0] = windows[0].model_copy(update={"seconds": windows[0].seconds * 1.09})
    assert not any(outliers(windows))


def split_window(contender: str, *splits: tuple[float, bool]) -> Window:
    """Of splits of ten iterations: their seconds, and whether they were disturbed."""
    parts = tuple(Split(iterations=10, seconds=seconds, disturbed=disturbed) for seconds, disturbed in splits)
    whole = window(contender, 1, sum(seconds for seconds, _ in splits), 10 * len(splits))
    return whole.model_copy(update={"splits": parts})


def test_pace_is_the_median_of_the_undisturbed_splits() -> None:
    busy = split_window("a", (1.0, False), (3.0, True), (1.2, False), (9.0, False), (3.0, True))
    idle = split_window("a", (1.0, False), (1.1, False))
    lost = split_window("a", (2.0, True), (2.0, True))
    assert paces([busy, idle, lost]) == [pytest.approx(0.12), pytest.approx(0.105), None]
    levels, rest = levels_of([busy, idle, lost])
    assert np.exp(levels["a"]) == pytest.approx((0.12 * 0.105) ** 0.5)
    assert np.isnan(rest).tolist() == [False, False, True]
    assert outliers([busy, idle, lost]) == [False, False, False]


def test_disturbed_splits_count_for_everybody_where_one_has_no_others() -> None:
    """Else one contender's busy hours would be compared with another's idle ones."""
    steady = [split_window("a", (1.0, False), (2.0, True), (2.0, True)) for _ in range(3)]
    lost = [split_window("b", (2.0, True)) for _ in range(2)]
    assert paces([*steady, *lost]) == [pytest.approx(0.2)] * 5


def test_one_window_with_an_undisturbed_split_is_enough() -> None:
    """Under a load that comes and goes some contender often has no more; all splits would compare the load."""
    steady = [split_window("a", (1.0, False), (2.0, True), (2.0, True)) for _ in range(3)]
    lucky = [split_window("b", (2.0, True)), split_window("b", (1.0, False))]
    assert paces([*steady, *lucky]) == [pytest.approx(0.1)] * 3 + [None, pytest.approx(0.1)]


def coverage_of_race(deviation: float, alpha: float, least: int = 4, most: int = 30) -> float:
    """Of simulated races that stop as soon as the half-width is below 1 (at `least` incarnations or later): the share
    whose last interval holds the truth."""
    draws = np.random.default_rng(2).normal(0.0, deviation, size=(20_000, most))
    open_, hit = np.ones(len(draws), dtype=bool), np.zeros(len(draws), dtype=bool)
    for count in range(least, most + 1):
        _, low, high = mean_interval(draws[:, :count], 1.0 - alpha)
        stops = open_ & ((high - low <= 2.0) | (count == most))
        hit[stops] = ((low <= 0.0) & (high >= 0.0))[stops]
        open_ &= ~stops
    return float(hit.mean())


@pytest.mark.parametrize("deviation", [0.2, 0.6, 1.0, 1.6, 2.0, 3.0])
def test_interval_of_a_race_that_stops_when_it_is_narrow_covers_95_percent(deviation: float) -> None:
    assert coverage_of_race(deviation, LOOK_ALPHA) >= 0.948


@pytest.mark.parametrize("deviation", [0.2, 0.6, 1.0, 1.6, 2.0, 3.0])
def test_it_covers_as_often_between_two_others_of_which_one_has_stopped(deviation: float) -> None:
    """Races end by the ratios to their reference; a reader may compare anybody with anybody."""
    least, most, size = 4, 30, (20_000, 30)
    draws = np.random.default_rng(5)
    reference, one, other = (draws.normal(0.0, deviation / np.sqrt(2), size=size) for _ in range(3))
    open_, hit = np.ones(len(one), dtype=bool), np.zeros(len(one), dtype=bool)
    for count in range(least, most + 1):
        ends = [mean_interval((each - reference)[:, :count], 1.0 - LOOK_ALPHA) for each in (one, other)]
        narrow = np.logical_or(*(high - low <= 2.0 for _, low, high in ends))
        _, low, high = mean_interval((one - other)[:, :count], 1.0 - LOOK_ALPHA)
        stops = open_ & (narrow | (count == most))
        hit[stops] = ((low <= 0.0) & (high >= 0.0))[stops]
        open_ &= ~stops
    assert hit.mean() >= 0.948


def test_without_the_stricter_level_it_would_not() -> None:
    assert coverage_of_race(1.6, 0.05) < 0.93


def test_verdicts_of_races_are_wrong_as_rarely_as_stated() -> None:
    """Equal contenders, stopped when the interval is narrow: "differs" in 5 % at most."""
    draws = np.random.default_rng(4).normal(0.0, 0.016, size=(20_000, 30))
    wrong, open_ = np.zeros(len(draws), dtype=bool), np.ones(len(draws), dtype=bool)
    for count in range(4, 31):
        part = draws[:, :count]
        error = part.std(axis=1, ddof=1) / np.sqrt(count)
        p = 2 * stats.t.sf(np.abs(part.mean(axis=1)) / error, count - 1)
        stops = open_ & ((stats.t.ppf(1 - LOOK_ALPHA / 2, count - 1) * error <= 0.01) | (count == 30))
        wrong[stops] = (p < LOOK_ALPHA)[stops]
        open_ &= ~stops
    assert wrong.mean() < 0.053
