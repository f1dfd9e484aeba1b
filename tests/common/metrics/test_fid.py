import warnings

import numpy as np
import pytest
import scipy.linalg

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.fid import Gaussian, fid, fit, from_moments, trace_of_root
from common.metrics.moments import Moments


def sample(count, width, seed, scale=1.0, shift=0.0):
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(width, width)) / np.sqrt(width)
    return rng.normal(size=(count, width)) @ mixing * scale + shift


def textbook(a, b):
    """The published formula with an explicit matrix square root."""
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = scipy.linalg.sqrtm(s1 @ s2)
    root = root[0] if isinstance(root, tuple) else root
    shift = a.mean(0) - b.mean(0)
    return float(shift @ shift + np.trace(s1) + np.trace(s2) - 2 * np.trace(root).real)


def with_moments(count, mean, covariance):
    """A sample whose mean and unbiased covariance are exactly the given ones."""
    raw = np.random.default_rng(1).normal(size=(count, len(mean)))
    raw -= raw.mean(0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False)).T)
    return white @ np.linalg.cholesky(covariance).T + mean


@pytest.mark.parametrize("counts", [(300, 400), (300, 20), (20, 300), (20, 15)])
def test_agrees_with_the_matrix_square_root(counts):
    a, b = sample(counts[0], 32, 0), sample(counts[1], 32, 1, scale=1.3, shift=0.5)
    result = fid(a, b)
    assert result.value == pytest.approx(textbook(a, b), rel=1e-6)
    assert result.rank_deficient == (min(counts) <= 32)


def test_known_gaussians_give_the_closed_form():
    # Diagonal covariances: sum of (s1 - s2)^2 + squared distance of the means = 1 + 4 + 0 + (9 + 16)
    a = with_moments(50, np.zeros(3), np.diag([1.0, 4.0, 9.0]))
    b = with_moments(80, np.array([3.0, 4.0, 0.0]), np.diag([4.0, 16.0, 9.0]))
    result = fid(a, b)
    assert result.value == pytest.approx(1 + 4 + 0 + 25, rel=1e-10)
    assert result.mean_term == pytest.approx(25, rel=1e-12)
    assert result.covariance_term == pytest.approx(5, rel=1e-10)
    assert not result.rank_deficient


def test_rotated_covariances_that_do_not_commute():
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    s1, s2 = np.diag([1.0, 9.0]), turn @ np.diag([4.0, 25.0]) @ turn.T
    # for 2 x 2: Tr sqrt(M) = sqrt(Tr M + 2 sqrt(det M))
    expected = 10 + 29 - 2 * np.sqrt(np.trace(s1 @ s2) + 2 * np.sqrt(np.linalg.det(s1 @ s2)))
    a, b = with_moments(30, np.zeros(2), s1), with_moments(30, np.zeros(2), s2)
    assert fid(a, b).value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("count", [500, 64, 10])
def test_identical_sets_are_at_distance_zero(count):
    a = sample(count, 64, 3, shift=5)
    assert fid(a, a.copy()).value < 1e-9 * np.trace(np.cov(a, rowvar=False))


def test_symmetric_and_independent_of_order_and_precision_of_the_container():
    a, b = sample(200, 16, 0).astype(np.float32), sample(300, 16, 1, 1.2).astype(np.float32)
    reference = fid(a, b).value
    assert fid(b, a).value == pytest.approx(reference, rel=1e-10)
    assert fid(a[::-1], b).value == pytest.approx(reference, rel=1e-10)
    assert fid(a.astype(np.float64), b).value == pytest.approx(reference, rel=1e-10)
    assert fid(Moments.of(a), b).value == pytest.approx(reference, rel=1e-10)


def test_the_small_matrix_forms_equal_the_full_one():
    a, b = sample(20, 32, 0), sample(25, 32, 1, 1.5)
    full_a, full_b = from_moments(Moments.of(a)), from_moments(Moments.of(b))
    expected, deficient = trace_of_root(full_a, full_b)
    assert deficient
    for one, other in [(fit(a), fit(b)), (fit(a), full_b), (full_a, fit(b))]:
        assert trace_of_root(one, other)[0] == pytest.approx(expected, rel=1e-6)


def test_constant_features_are_scored_and_flagged():
    a, b = sample(300, 8, 0), sample(300, 8, 1)
    plain = fid(a, b).value
    padded = [np.hstack([x, np.full((300, 3), 7.0)]) for x in (a, b)]
    result = fid(*padded)
    assert result.rank_deficient
    assert result.value == pytest.approx(plain, rel=1e-7)


def test_a_set_of_one_repeated_image_has_no_spread():
    a = sample(300, 8, 0)
    point = np.zeros((300, 8))
    expected = float(a.mean(0) @ a.mean(0) + np.trace(np.cov(a, rowvar=False)))
    assert fid(a, point).value == pytest.approx(expected, rel=1e-12)


def test_bad_input():
    good = sample(50, 4, 0)
    with pytest.raises(TooFewSamples):
        fid(good, good[:1])
    broken = good.copy()
    broken[:7, 0] = np.nan
    with pytest.raises(NonFiniteValues, match="7 of 50"):
        fid(good, broken)
    with pytest.raises(BadInput, match="4 and 3"):
        fid(good, good[:, :3])
    with pytest.raises(BadInput, match="shape"):
        fid(good, good[0])
    indefinite = Gaussian(np.zeros(2), 3.0, np.array([[1.0, 3.0], [3.0, 2.0]]), None)
    with pytest.raises(BadInput, match="positive semi-definite"):
        fid(indefinite, Gaussian(np.zeros(2), 2.0, np.eye(2), None))
