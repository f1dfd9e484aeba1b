import numpy as np
import pytest
from scipy.spatial.distance import cdist

from common.metrics.checks import TooFewSamples
from common.metrics.density_coverage import density_coverage
from common.metrics.manifold import manifold_scores
from common.metrics.precision_recall import precision_recall


@pytest.mark.parametrize("tile", [32, 2048])
def test_equals_the_definition(tile):
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(300, 5)), rng.normal(size=(200, 5)) * 0.7
    inside = cdist(real, generated) < np.sort(cdist(real, real), axis=1)[:, 5][:, None]
    assert density_coverage(real, generated, tile=tile) == (inside.sum(axis=0).mean() / 5, inside.any(axis=1).mean())


def test_hand_computed_on_a_line_with_open_balls():
    real = np.array([[0.0], [1.0], [2.0], [10.0]])  # k = 1: balls (-1, 1), (0, 2), (1, 3), (2, 18)
    generated = np.array([[0.5], [3.0]])  # 0.5 in two balls, 3 on the rim of the third and in the fourth
    assert density_coverage(real, generated, k=1) == (1.5, 0.75)


def test_same_distribution_scores_about_one_and_collapse_is_not_covered():
    rng = np.random.default_rng(1)
    real = rng.normal(size=(2000, 3))
    density, coverage = density_coverage(real, rng.normal(size=(2000, 3)))
    assert density == pytest.approx(1.0, abs=0.1)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.03)
    _, collapsed = density_coverage(real, np.repeat(real[:1], 2000, axis=0))
    assert collapsed < 0.02


def test_all_four_together_equal_the_separate_functions():
    rng = np.random.default_rng(2)
    real, generated = rng.normal(size=(500, 9)), rng.normal(size=(400, 9)) + 0.2
    together = manifold_scores(real, generated, 3, 5, tile=128)
    assert together[:2] == precision_recall(real, generated, 3)
    assert together[2:] == density_coverage(real, generated, 5)
    assert manifold_scores(real, generated, 5, 3)[:2] == precision_recall(real, generated, 5)


def test_too_few_real_images():
    points = np.random.default_rng(3).normal(size=(6, 2))
    assert density_coverage(points, points[:1]).coverage > 0
    with pytest.raises(TooFewSamples, match="at least 6"):
        density_coverage(points[:5], points)
