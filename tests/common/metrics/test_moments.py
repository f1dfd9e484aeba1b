import numpy as np
import pytest

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.moments import Moments


@pytest.fixture
def features() -> np.ndarray:
    return (np.random.default_rng(0).normal(size=(500, 12)) @ np.diag(np.arange(1, 13)) + 300).astype(np.float32)


def test_moments_equal_numpy(features):
    moments = Moments.of(features, block=64)
    assert moments.count == 500
    np.testing.assert_allclose(moments.mean, features.astype(np.float64).mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-11)


@pytest.mark.parametrize("cut", [1, 250, 499])
def test_merged_parts_equal_the_whole(features, cut):
    whole, merged = Moments.of(features), Moments.of(features[:cut]).merge(Moments.of(features[cut:]))
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(merged.scatter, whole.scatter, rtol=1e-12, atol=1e-9)


def test_any_batching_of_a_stream_gives_the_same_moments(features):
    whole = Moments.of(features)
    for size in (1, 7, 500):
        streamed = Moments.of_batches(features[i : i + size] for i in range(0, 500, size))
        assert streamed.count == 500
        np.testing.assert_allclose(streamed.scatter, whole.scatter, rtol=1e-11, atol=1e-8)


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
    with pytest.raises(TooFewSamples):
        Moments.of_batches([])
    with pytest.raises(BadInput, match="12 and 3"):
        Moments.of(np.ones((2, 12))).merge(Moments.of(np.ones((2, 3))))
