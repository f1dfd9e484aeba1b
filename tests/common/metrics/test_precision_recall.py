import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.precision_recall import precision_recall


def by_the_definition(real, generated, k):
    """Equations 1 to 3 of the paper, with full distance matrices."""
    real_radius = np.sort(cdist(real, real), axis=1)[:, k]
    generated_radius = np.sort(cdist(generated, generated), axis=1)[:, k]
    between = cdist(real, generated)
    precision = (between <= real_radius[:, None]).any(axis=0).mean()
    recall = (between <= generated_radius[None, :]).any(axis=1).mean()
    return precision, recall


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("tile", [16, 300, 2048])
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_equals_the_definition_for_any_tile_and_offset(k, tile, offset):
    rng = np.random.default_rng(k)
    real, generated = rng.normal(size=(700, 8)) + offset, rng.normal(size=(500, 8)) * 0.8 + offset
    assert precision_recall(real, generated, k, tile) == by_the_definition(real, generated, k)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(4, 40), st.integers(4, 40), st.integers(1, 3), st.integers(1, 3), st.integers(4, 64), st.integers(0, 99)
)
def test_points_on_a_grid_with_many_exact_ties(n, m, width, k, tile, seed):
    rng = np.random.default_rng(seed)
    real, generated = rng.integers(0, 4, (n, width)), rng.integers(0, 4, (m, width))
    assert precision_recall(real, generated, k, tile) == by_the_definition(real, generated, k)


def test_hand_computed_on_a_line():
    real = np.array([[0.0], [1.0], [2.0], [10.0]])
    # k = 1 radii of the real points: 1, 1, 1, 8, so their balls cover [-1, 3] and [2, 18]
    generated = np.array([[3.0], [18.0], [18.5], [-1.0]])
    # k = 1 radii of the generated points: 4, 0.5, 0.5, 4 -> [-1, 7], [17.5, 18.5], [18, 19], [-5, 3]
    assert precision_recall(real, generated, k=1) == (0.75, 0.75)


def test_a_tight_cluster_inside_a_wide_cloud_is_precise_but_recalls_little():
    rng = np.random.default_rng(0)
    wide, tight = rng.normal(size=(600, 4)), rng.normal(size=(600, 4)) * 0.1
    precision, recall = precision_recall(wide, tight)
    assert precision > 0.95
    assert recall < 0.05
    assert precision_recall(tight, wide) == (recall, precision)


def test_swapping_the_sets_swaps_the_scores():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(400, 6)), rng.normal(size=(300, 6)) + 0.4
    assert precision_recall(a, b) == precision_recall(b, a)[::-1]


def test_order_and_container_do_not_matter():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(500, 32)).astype(np.float32), rng.normal(size=(450, 32)).astype(np.float32)
    reference = precision_recall(a, b)
    assert precision_recall(a[::-1], b[rng.permutation(450)], tile=64) == reference
    assert precision_recall(a.astype(np.float64), b) == reference


def test_collapse_onto_one_real_image_is_perfectly_precise():
    real = np.random.default_rng(3).normal(size=(2500, 16)).astype(np.float32) + 20
    collapsed = np.repeat(real[7:8], 2500, axis=0)
    precision, recall = precision_recall(real, collapsed)
    assert precision == 1.0
    assert recall == 1 / 2500


def test_identical_sets_and_disjoint_sets():
    a = np.random.default_rng(4).normal(size=(100, 3))
    assert precision_recall(a, a.copy()) == (1.0, 1.0)
    assert precision_recall(a, a + 1e6) == (0.0, 0.0)


def test_scale_of_the_features_does_not_matter():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(200, 5)), rng.normal(size=(200, 5))
    reference = precision_recall(a, b)
    assert precision_recall(a * 2.0**-90, b * 2.0**-90) == reference
    assert precision_recall(a * 2.0**90, b * 2.0**90) == reference


def test_bad_input():
    good = np.random.default_rng(6).normal(size=(10, 2))
    with pytest.raises(TooFewSamples, match="at least 4"):
        precision_recall(good, good[:3])
    with pytest.raises(TooFewSamples):
        precision_recall(good[:3], good)
    broken = good.copy()
    broken[0, 0] = np.inf
    with pytest.raises(NonFiniteValues, match="1 of 10 generated features"):
        precision_recall(good, broken)
    with pytest.raises(BadInput, match="2 and 1"):
        precision_recall(good, good[:, :1])
