import numpy as np
import pytest

from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.moments import Moments


@pytest.fixture
def features() -> np.ndarray:
    return (np.random.default_rng(0).normal(size=(500, 12)) @ np.diag(np.arange(1, 13)) + 300).astype(np.float32)


@pytest.mark.parametrize("block", [1, 64, 500, 4096])
def test_moments_equal_numpy_whatever_the_block(features, block):
    moments = Moments.of(features, block=block)
    assert moments.count == 500
    np.testing.assert_allclose(moments.mean, features.astype(np.float64).mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-11)


def test_a_large_offset_costs_no_precision():
    values = np.array([[0.0], [1.0], [2.0]]) + 1e9
    assert Moments.of(values).covariance[0, 0] == pytest.approx(1.0, rel=1e-12)


def test_bad_input_is_refused_with_counts(features):
    features[3, 4] = np.nan
    features[9, 1] = np.inf
    with pytest.raises(NonFiniteValues, match="2 of 500") as error:
        Moments.of(features)
    assert (error.value.broken, error.value.total) == (2, 500)
    with pytest.raises(TooFewSamples):
        _ = Moments.of(np.ones((1, 3))).covariance
