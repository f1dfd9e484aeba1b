"""Processes repeated at equal seed: by hand, and intervals that hold the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.results.nested import part_noise, plain_spread, spread_by_process
from benchmarks.results.statistics import interval
from benchmarks.results.verdicts import judge_ratios, judge_repeated_ratios

HAND = [[1.0, 3.0], [6.0, 8.0], [2.0, 4.0]]


def test_by_hand() -> None:
    """Within: six squares of 1, three degrees of freedom, variance 2. Means 2, 7, 3 around 4: between 2 (4 + 9 + 1) / 2
    = 14, so the seeds' variance is (14 - 2) / 2 = 6."""
    spread = spread_by_process(HAND)
    assert spread is not None
    assert (spread.mean, spread.count, spread.free) == (4.0, 6, 3)
    assert spread.deviation == pytest.approx(math.sqrt(2.0))
    noise = part_noise(HAND)
    assert noise is not None
    assert (noise.process, noise.seed) == (pytest.approx(math.sqrt(2.0)), pytest.approx(math.sqrt(6.0)))


def test_one_seed_has_timing_noise_and_no_seed_noise() -> None:
    noise = part_noise([[1.0, 2.0, 3.0]])
    assert noise is not None
    assert (noise.process, noise.seed) == (1.0, None)
    assert spread_by_process([[1.0, 2.0, 3.0]]) == plain_spread([1.0, 2.0, 3.0])


@pytest.mark.parametrize("groups", [[[1.0], [2.0], [3.0]], [[1.0, 2.0]], [[1.0, 2.0], [3.0]]])
def test_without_two_degrees_of_freedom_the_seed_is_the_replicate(groups: list[list[float]]) -> None:
    assert spread_by_process(groups) is None
    means = [math.exp(float(np.mean(np.log(group)))) for group in groups]
    assert judge_repeated_ratios(groups) == judge_ratios(means)


def test_noise_is_parted_whatever_its_sizes() -> None:
    """2,000 seeds of three processes (some of two): 1 % from process to process, 3 % from seed to seed."""
    draw = np.random.default_rng(0)
    groups = [
        (draw.normal(0, 0.03) + draw.normal(0, 0.01, 3))[: 2 if seed % 5 == 0 else 3].tolist() for seed in range(2000)
    ]
    noise = part_noise(groups)
    assert noise is not None
    assert noise.seed is not None
    assert (noise.process, noise.seed) == (pytest.approx(0.01, rel=0.05), pytest.approx(0.03, rel=0.05))
    alone = part_noise([draw.normal(0, 0.01, 3).tolist() for _ in range(2000)])
    assert alone is not None
    assert (alone.seed or 0.0) < 0.003


@pytest.mark.parametrize(("seeds", "processes"), [(1, 3), (2, 2), (3, 2), (3, 4)])
def test_the_interval_holds_the_mean_over_these_seeds_as_often_as_it_says(seeds: int, processes: int) -> None:
    draw, held = np.random.default_rng(1), []
    for _ in range(4000):
        truths = draw.normal(0.1, 0.05, seeds)
        spread = spread_by_process([draw.normal(truth, 0.02, processes).tolist() for truth in truths])
        assert spread is not None
        low, high = interval(spread.mean, spread.deviation, spread.count, spread.free)
        held.append(low <= truths.mean() <= high)
    assert 0.94 <= np.mean(held) <= 0.96


def test_three_processes_of_one_seed_have_a_verdict_on_time() -> None:
    verdict = judge_repeated_ratios([[1.20, 1.21, 1.22]])
    assert (verdict.kind, verdict.summary.count) == ("differs", 3)
    assert verdict == judge_ratios([1.20, 1.21, 1.22])
    assert judge_repeated_ratios([[1.5, 1.51], [1.2, 1.201]]).kind == "differs"
    assert judge_repeated_ratios([[1.0, 3.0, 0.5]]).words("", "", "process").startswith("not decided (about")
    assert judge_repeated_ratios([[1.0, 3.0]]).words("", "", "process") == "1 process, no verdict"
