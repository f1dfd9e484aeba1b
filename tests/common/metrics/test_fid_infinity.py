import numpy as np
import pytest

from common.metrics.checks import TooFewSamples
from common.metrics.fid import fid
from common.metrics.fid_infinity import fid_infinity, sizes


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3000, 24)) + 0.2, rng.normal(size=(60000, 24))


def test_removes_most_of_the_bias_of_a_known_distance(sets):
    generated, real = sets
    truth = 24 * 0.2**2
    result = fid_infinity(generated, real)
    plain = fid(generated[:600], real).value
    assert abs(result.value - truth) < 0.25 * (plain - truth)
    assert result.slope > 0
    assert result.r_squared > 0.9
    assert not result.rank_deficient


def test_the_last_point_is_the_plain_distance(sets):
    generated, real = sets
    result = fid_infinity(generated, real, points=4)
    assert result.counts == (300, 1200, 2100, 3000)
    assert result.distances[-1] == pytest.approx(fid(generated, real).value, rel=1e-10)


def test_seeded(sets):
    generated, real = sets
    assert fid_infinity(generated, real, 3) == fid_infinity(generated, real, 3)
    assert fid_infinity(generated, real, 3).value != fid_infinity(generated, real, 3, seed=1).value


def test_sizes_stay_above_the_width_where_possible():
    assert sizes(10000, 128)[[0, -1]].tolist() == [1000, 10000]
    assert sizes(5000, 2048)[[0, -1]].tolist() == [2049, 5000]
    assert sizes(1000, 2048)[[0, -1]].tolist() == [500, 1000]


def test_too_few(sets):
    with pytest.raises(TooFewSamples, match="100"):
        fid_infinity(sets[0][:99], sets[1])
