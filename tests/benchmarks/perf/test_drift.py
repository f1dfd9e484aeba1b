"""The table of drift: the largest difference over all parameters, and of losses relative to their size."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.perf.drift import Course, differences


def test_differences_are_the_largest_of_each_moment() -> None:
    one = Course(
        [{"a": np.array([1.0, 2.0]), "b": np.array([0.0])}, {"a": np.array([1.0, 2.0]), "b": np.array([0.0])}],
        [{"generator": 2.0, "discriminator": 1.0}, {"generator": 0.0, "discriminator": -4.0}],
    )
    other = Course(
        [{"a": np.array([1.0, 2.0]), "b": np.array([0.0])}, {"a": np.array([1.5, 2.0]), "b": np.array([-0.75])}],
        [{"generator": 2.0, "discriminator": 1.0}, {"generator": 0.0, "discriminator": -5.0}],
    )
    assert differences(one, other) == [(0.0, 0.0), (0.75, pytest.approx(0.2))]
