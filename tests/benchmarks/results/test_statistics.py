"""Summaries: hand-computed medians and intervals, and intervals that cover the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.results.statistics import mean_interval, median, quartiles, summarize, summarize_ratios

REPEATS = 40_000


def coverage(draws: np.ndarray, truth: float, level: float = 0.95) -> float:
    """The share of the rows of `draws`, (repeats, n), whose interval holds the truth."""
    _, low, high = mean_interval(draws, level)
    return float(((low <= truth) & (truth <= high)).mean())


def as_claimed(share: float) -> bool:
    """What a "95 %" interval has to cover on normal data."""
    return 0.93 <= share <= 0.97


def test_median_and_quartiles_by_hand() -> None:
    assert median([4.0, 1.0, 2.0]) == 2.0
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 4.0)
    assert math.isnan(median([]))


def test_fewer_than_three_values_have_no_interval() -> None:
    for summary in (summarize([1.0, 3.0]), summarize_ratios([1.0, 4.0])):
        assert (summary.mean, summary.count, summary.low, summary.high) == (2.0, 2, None, None)
        assert not summary.excludes(100.0)
    with pytest.raises(ValueError, match="no values"):
        summarize([])
    with pytest.raises(ValueError, match="positive"):
        summarize_ratios([1.0, 0.0, 2.0])


def test_interval_by_hand() -> None:
    """1, 2, 3: mean 2, standard error 1 / sqrt(3), and 4.3027 is the table's t for 2 degrees of freedom."""
    summary = summarize([1.0, 2.0, 3.0])
    assert summary.mean == 2.0
    assert summary.low == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-6)
    assert summary.high == pytest.approx(2 + 4.302653 / math.sqrt(3), abs=1e-6)
    assert (summary.count, summary.level) == (3, 0.95)
    assert summary.excludes(4.5)
    assert not summary.excludes(4.4)


def test_ratios_are_averaged_on_the_log_scale() -> None:
    """So that "A is twice as fast as B" and "B is half as fast as A" are the same statement."""
    ratios = [0.5, 1.0, 4.0]
    there, back = summarize_ratios(ratios), summarize_ratios([1 / ratio for ratio in ratios])
    assert there.mean == pytest.approx(2 ** (1 / 3))
    assert (back.low, back.mean, back.high) == pytest.approx((1 / there.high, 1 / there.mean, 1 / there.low))
    assert there.low > 0


def test_interval_of_equal_values_is_a_point() -> None:
    summary = summarize([2.0] * 5)
    assert (summary.low, summary.high) == (2.0, 2.0)


@pytest.mark.parametrize("count", [3, 5, 10])
def test_interval_covers_what_it_claims(count: int) -> None:
    draws = np.random.default_rng(count).normal(3.0, 2.0, size=(REPEATS, count))
    assert as_claimed(coverage(draws, truth=3.0))


@pytest.mark.parametrize("count", [3, 5, 10])
def test_interval_of_ratios_covers_what_it_claims_on_skewed_times(count: int) -> None:
    """Times are skewed: lognormal ratios of geometric mean 1.2 are normal after the logarithm."""
    ratios = np.random.default_rng(count).lognormal(math.log(1.2), 0.8, size=(REPEATS, count))
    assert as_claimed(coverage(np.log(ratios), truth=math.log(1.2)))
    one = summarize_ratios(ratios[0].tolist())
    _, low, high = mean_interval(np.log(ratios[0]))
    assert (one.low, one.high) == pytest.approx((math.exp(low), math.exp(high)))


@pytest.mark.parametrize("count", [3, 5, 10])
def test_skewed_scores_cost_little(count: int) -> None:
    """A skew of 1.75 (lognormal, sigma 0.5), far beyond that of differences of scores, costs four points at most."""
    draws = np.random.default_rng(count).lognormal(0.0, 0.5, size=(REPEATS, count))
    assert 0.905 <= coverage(draws, truth=math.exp(0.125)) <= 0.97


@pytest.mark.parametrize("count", [3, 5, 10])
def test_an_interval_whose_tail_is_doubled_would_be_noticed(count: int) -> None:
    """90 % printed as 95 %, and the bootstrap that stood here before: the checks above are sharp enough for both."""
    draws = np.random.default_rng(count).normal(size=(REPEATS, count))
    assert not as_claimed(coverage(draws, truth=0.0, level=0.90))
    picks = np.random.default_rng(0).integers(0, count, size=(200, count))
    means = draws[:5000, picks].mean(axis=-1)
    low, high = np.quantile(means, [0.025, 0.975], axis=-1)
    assert ((low <= 0) & (high >= 0)).mean() < 0.93


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 37, 250])
def test_medians_and_quartiles_are_those_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).lognormal(size=count).tolist()
    assert median(values) == np.median(values)
    assert quartiles(values) == pytest.approx(tuple(np.percentile(values, [25, 75])), rel=1e-15)
