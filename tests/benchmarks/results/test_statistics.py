"""Summaries: hand-computed medians and quartiles, and an interval that behaves like one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.results.statistics import median, quartiles, summarize


def test_median_and_quartiles_by_hand() -> None:
    assert median([4.0, 1.0, 2.0]) == 2.0
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 4.0)
    assert math.isnan(median([]))


def test_fewer_than_three_values_have_no_interval() -> None:
    summary = summarize([1.0, 3.0])
    assert (summary.mean, summary.count, summary.low, summary.high) == (2.0, 2, None, None)
    assert not summary.excludes(100.0)
    with pytest.raises(ValueError, match="no values"):
        summarize([])


def test_interval_is_reproducible_and_lies_around_the_mean_inside_the_data() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    summary = summarize(values)
    assert summary == summarize(values)
    assert summary.low is not None
    assert summary.high is not None
    assert 1.0 <= summary.low < 3.75 < summary.high <= 8.0
    assert summary.excludes(9.0)
    assert not summary.excludes(3.0)


def test_interval_of_equal_values_is_a_point() -> None:
    summary = summarize([2.0] * 5)
    assert (summary.low, summary.high) == (2.0, 2.0)


def test_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1).normal(size=(200, 20))
    covered = sum(not summarize(list(row), resamples=500).excludes(0.0) for row in draws)
    assert 170 <= covered <= 199
