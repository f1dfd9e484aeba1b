import numpy as np
import pytest

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.kid import kid, squared_mmd


def by_double_loop(a, b):
    """Gretton et al. 2012, eq. 3, term by term."""

    def kernel(x, y):
        return (x @ y / len(x) + 1) ** 3

    n = len(a)
    within = sum(kernel(s[i], s[j]) for s in (a, b) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    return within - 2 * sum(kernel(x, y) for x in a for y in b) / n**2


def test_equals_the_double_sum():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(7, 3)), rng.normal(size=(7, 3)) + 1
    assert squared_mmd(a, b) == pytest.approx(by_double_loop(a, b), rel=1e-12)
    assert kid(a, b).value == pytest.approx(by_double_loop(a, b), rel=1e-12)


def test_hand_computed_in_one_dimension():
    # a = {0, 0}, b = {1, 1}: k(0,0) = 1, k(1,1) = 8, k(0,1) = 1, so 1 + 8 - 2 = 7
    assert kid(np.zeros((2, 1)), np.ones((2, 1))).value == pytest.approx(7.0, abs=1e-12)


def test_unbiased_at_any_size_and_not_clipped():
    rng = np.random.default_rng(1)
    values = [kid(rng.normal(size=(20, 4)), rng.normal(size=(20, 4))).value for _ in range(400)]
    assert min(values) < 0
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(400)


def test_subsets_are_seeded_capped_and_reported():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(300, 4)), rng.normal(size=(200, 4)) + 0.3
    result = kid(a, b, subsets=5, subset_size=50)
    assert (result.subsets, result.subset_size) == (5, 50)
    assert result.std > 0
    assert kid(a, b, 5, 50) == result
    assert kid(a, b, 5, 50, seed=1).value != result.value
    assert kid(a, b, 5).subset_size == 200
    assert kid(a[:200], b, 5).subsets == 1


def test_farther_is_larger():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(200, 8)), rng.normal(size=(200, 8))
    assert kid(a, b).value < kid(a, b + 0.5).value < kid(a, b + 1).value


def test_bad_input():
    good = np.random.default_rng(4).normal(size=(10, 2))
    with pytest.raises(TooFewSamples):
        kid(good[:1], good)
    with pytest.raises(BadInput, match="2 and 1"):
        kid(good, good[:, :1])
    with pytest.raises(NonFiniteValues):
        kid(good * np.nan, good)
