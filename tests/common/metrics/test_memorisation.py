import numpy as np
import pytest
from scipy.spatial.distance import cdist

from common.errors import BadInput
from common.metrics.memorisation import distinct, nearest_training
from common.metrics.neighbours import nearest_rows, squared_radii


def test_distinct_counts_bytes():
    images = np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), np.uint8)
    repeated = np.concatenate([images, images[:4]])
    assert distinct(repeated) == 10
    repeated[-1, 0, 0, 0] ^= 1
    assert distinct(repeated) == 11


@pytest.mark.parametrize("tile", [16, 100, 2048])
def test_nearest_rows_are_exact(tile):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(90, 6)).astype(np.float32) + 50, rng.normal(size=(130, 6)).astype(np.float32) + 50
    index, distance = nearest_rows(a, b, tile)
    expected = cdist(a, b)
    np.testing.assert_array_equal(index, expected.argmin(axis=1))
    np.testing.assert_allclose(distance, expected.min(axis=1), rtol=1e-12)


def test_nearest_rows_among_thousands_of_duplicates():
    b = np.repeat(np.array([[0.0, 0.0], [5.0, 5.0]]), 3000, axis=0)
    index, distance = nearest_rows(np.array([[0.0, 1.0], [5.0, 5.0]]), b)
    np.testing.assert_array_equal(distance, [1.0, 0.0])
    assert index[0] < 3000 <= index[1]


def test_radii_of_duplicates_are_zero_and_of_a_grid_exact():
    duplicates = np.repeat(np.random.default_rng(2).normal(size=(1, 300)), 3000, axis=0) + 7
    assert (squared_radii(duplicates, 3) == 0).all()
    line = np.arange(5000.0)[:, None]
    np.testing.assert_array_equal(squared_radii(line, 2)[[0, 1, 2500]], [[1, 4], [1, 1], [1, 1]])


def test_fresh_samples_score_about_one_and_copies_zero():
    rng = np.random.default_rng(3)
    training = rng.normal(size=(1500, 8))
    fresh = nearest_training(rng.normal(size=(500, 8)), training)
    assert fresh.value == pytest.approx(1.0, abs=0.1)
    assert fresh.copies == 0
    copied = nearest_training(training[[5, 9, 7]], training)
    assert (copied.value, copied.copies) == (0.0, 3)
    np.testing.assert_array_equal(copied.nearest, [5, 9, 7])
    near = nearest_training(training[:300] + 1e-3, training)
    assert near.value < 0.01
    assert near.copies == 0


def test_training_images_without_spread_give_no_scale():
    with pytest.raises(BadInput, match="identical twin"):
        nearest_training(np.ones((3, 2)), np.ones((10, 2)))
