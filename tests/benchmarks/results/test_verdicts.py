"""Verdicts: by hand, against scipy, and wrong no more often than they admit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.results.verdicts import Sample, holm, judge_differences, judge_ratios, judged_together, p_values

REPEATS = 4000


def shares(centre: float, deviation: float, count: int, bound: float, alpha: float = 0.05) -> tuple[float, float]:
    """How often simulated replicates are said to differ, and to be equivalent."""
    draws = np.random.default_rng(3).normal(centre, deviation, size=(REPEATS, count))
    found = [p_values(Sample(row.mean(), row.std(ddof=1), count, bound)) for row in draws]
    return float(np.mean([p < alpha for p, _ in found])), float(np.mean([p < alpha for _, p in found]))


def test_each_kind_by_example() -> None:
    cases = {
        "differs": [1.20, 1.22, 1.18, 1.21],
        "equivalent": [1.001, 0.999, 1.002, 0.998],
        "not decided": [1.00, 1.20, 0.90, 1.05],
        "too few": [2.0, 2.0],
    }
    for kind, ratios in cases.items():
        assert judge_ratios(ratios).kind == kind
    assert judge_ratios(cases["differs"]).words("slower", "faster") == "slower"
    assert judge_ratios([1 / ratio for ratio in cases["differs"]]).words("slower", "faster") == "faster"
    assert judge_ratios(cases["equivalent"]).words("slower", "faster") == "equivalent within 5 %"
    assert judge_ratios(cases["too few"]).words("slower", "faster") == "2 seeds, no verdict"
    assert judge_ratios([1.1]).words("slower", "faster", "model") == "1 model, no verdict"


def test_p_values_are_those_of_scipy() -> None:
    values, margin = [0.3, -0.1, 0.25, 0.4, 0.05], 0.5
    verdict = judge_differences(values, margin)
    assert verdict.p_differs == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)
    above = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(values, margin, alternative="less").pvalue
    assert verdict.p_equivalent == pytest.approx(max(above, below))


def test_equivalence_is_a_90_percent_interval_inside_the_margin() -> None:
    values = np.random.default_rng(0).normal(0.01, 0.03, size=6)
    half = stats.t.ppf(0.95, 5) * values.std(ddof=1) / math.sqrt(6)
    end = max(abs(values.mean() - half), abs(values.mean() + half))
    assert judge_differences(values.tolist(), end * 1.001).kind == "equivalent"
    assert judge_differences(values.tolist(), end * 0.999).kind != "equivalent"


def test_a_small_but_certain_difference_is_equivalent_within_the_margin_and_differs_without_one() -> None:
    ratios = [1.010, 1.011, 1.009]
    assert judge_ratios(ratios).kind == "equivalent"
    assert judge_ratios(ratios, margin=None).kind == "differs"
    assert judge_ratios(ratios).summary.excludes(1.0)


def test_the_margin_is_the_same_in_both_directions() -> None:
    ratios = [1.03, 1.05, 1.02, 1.04]
    there, back = judge_ratios(ratios), judge_ratios([1 / ratio for ratio in ratios])
    assert there.p_equivalent == pytest.approx(back.p_equivalent)


def test_equal_replicates() -> None:
    assert judge_differences([0.0] * 3, None).kind == "not decided"
    assert judge_differences([0.0] * 3, 0.1).kind == "equivalent"
    assert judge_differences([0.2] * 3, 0.1).kind == "differs"


def test_undecided_says_how_many_would_decide() -> None:
    verdict = judge_ratios([1.00, 1.06, 0.97, 1.02])
    assert verdict.needed is not None
    assert verdict.words("slower", "faster") == f"not decided (about {verdict.needed} seeds would)"
    assert 4 < verdict.needed < 20
    assert judge_differences([-1.0, 0.0, 1.0], None).words("better", "worse") == (
        "not decided (more than 1000 seeds needed)"
    )


@pytest.mark.parametrize("count", [3, 5, 10])
def test_differs_is_wrong_as_rarely_as_stated(count: int) -> None:
    differs, _ = shares(0.0, 0.02, count, bound=0.05)
    assert differs == pytest.approx(0.05, abs=0.012)


@pytest.mark.parametrize("count", [3, 5, 10])
def test_equivalent_is_wrong_as_rarely_as_stated(count: int) -> None:
    """Where the truth lies exactly at the margin, and so just outside of it."""
    _, equivalent = shares(0.05, 0.01, count, bound=0.05)
    assert equivalent == pytest.approx(0.05, abs=0.012)
    assert shares(-0.05, 0.05, count, bound=0.05)[1] < 0.06


def test_holm_by_hand() -> None:
    """0.01 x 4, then 0.02 x 3, then 0.03 x 2, then 0.04 x 1, which may not fall below the one before."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_verdicts_that_stand_together_are_corrected() -> None:
    weak, strong, few = [1.05, 1.08, 1.03, 1.09], [1.50, 1.52, 1.49, 1.51], [3.0]
    alone = [judge_ratios(ratios) for ratios in (weak, few, strong)]
    assert [verdict.kind for verdict in alone] == ["differs", "too few", "differs"]
    together = judged_together([*alone, *[judge_ratios([0.9, 1.1, 1.0])] * 6])
    assert [verdict.kind for verdict in together[:3]] == ["not decided", "too few", "differs"]
    assert together[0].p_differs == pytest.approx(7 * alone[0].p_differs)
    assert (together[0].family, together[0].summary) == (8, alone[0].summary)
    assert judged_together([alone[0]])[0].kind == "differs"


def test_correction_keeps_the_chance_of_any_wrong_claim() -> None:
    """Ten true nulls at a time: uncorrected, four in ten families would hold a wrong claim."""
    draws = np.random.default_rng(5).normal(size=(REPEATS, 10, 5))
    p = stats.ttest_1samp(draws, 0.0, axis=2).pvalue
    corrected = np.array([holm(row) for row in p])
    assert (p < 0.05).any(axis=1).mean() > 0.35
    assert (corrected < 0.05).any(axis=1).mean() == pytest.approx(0.05, abs=0.012)
