"""Planning: against textbook formulas, and against trying it out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.results.planning import power_to_decide, replicates_needed


def tried(centre: float, deviation: float, count: int, bound: float | None, alpha: float = 0.05) -> float:
    """The share of simulated experiments that end in a verdict, tested by scipy and by intervals."""
    draws = np.random.default_rng(7).normal(centre, deviation, size=(40_000, count))
    differs = stats.ttest_1samp(draws, 0.0, axis=1).pvalue < alpha
    if bound is None:
        return float(differs.mean())
    half = stats.t.ppf(1 - alpha, count - 1) * draws.std(axis=1, ddof=1) / np.sqrt(count)
    equivalent = (draws.mean(axis=1) - half > -bound) & (draws.mean(axis=1) + half < bound)
    return float((differs | equivalent).mean())


@pytest.mark.parametrize(("centre", "count"), [(0.5, 5), (1.0, 10), (-0.3, 40)])
def test_without_a_margin_it_is_the_noncentral_t_distribution(centre: float, count: int) -> None:
    edge, shift = stats.t.ppf(0.975, count - 1), abs(centre) * np.sqrt(count)
    textbook = stats.nct.sf(edge, count - 1, shift) + stats.nct.cdf(-edge, count - 1, shift)
    assert power_to_decide(centre, 1.0, count, None) == pytest.approx(textbook, abs=2e-3)


@pytest.mark.parametrize(
    ("centre", "deviation", "count", "bound"),
    [
        (0.0, 0.03, 6, 0.05), (0.0, 0.03, 3, 0.05), (0.02, 0.02, 8, 0.05), (0.05, 0.04, 12, 0.05), (0.1, 0.08, 7, 0.05),
        (-0.03, 0.05, 20, 0.05), (0.04, 0.001, 3, 0.05),
    ],
)  # fmt: skip
def test_power_is_what_trying_it_out_gives(centre: float, deviation: float, count: int, bound: float) -> None:
    assert power_to_decide(centre, deviation, count, bound) == pytest.approx(
        tried(centre, deviation, count, bound), abs=0.012
    )


@pytest.mark.parametrize(("centre", "deviation", "bound"), [(0.0, 0.04, 0.05), (0.03, 0.03, 0.05), (0.1, 0.1, None)])
def test_planned_number_decides_with_the_power_and_one_less_does_not(
    centre: float, deviation: float, bound: float | None
) -> None:
    count = replicates_needed(centre, deviation, bound)
    assert count is not None
    assert tried(centre, deviation, count, bound) > 0.79
    assert tried(centre, deviation, count - 1, bound) < 0.81
    assert replicates_needed(centre, deviation, bound, alpha=0.01) > count


def test_limits() -> None:
    assert replicates_needed(0.0, 1.0, None) is None  # there is nothing to find
    assert replicates_needed(0.01, 1.0, 0.01) is None
    assert replicates_needed(1.0, 0.0, None, least=4) == 4
    assert replicates_needed(0.0, 0.0, None) is None
    assert replicates_needed(5.0, 0.1, 0.1, least=9) == 9
