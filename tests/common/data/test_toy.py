"""Toy shapes are what they are called, and the same on every machine."""

import numpy as np
import pytest

from common.data import load_dataset
from common.data.toy import draw


def covered(shape: str, index: int) -> np.ndarray:
    """Where the shape is: pixels nearer to the colour at its brightest than to the ground in the corner."""
    pixels = draw("train", index, shape).astype(float)
    ground = pixels[0, 0]
    distance = np.abs(pixels - ground).sum(axis=2)
    return distance > distance.max() / 2


@pytest.mark.parametrize("index", range(5))
def test_shapes_fill_the_share_of_their_bounding_circle_that_geometry_says(index):
    mask = {shape: covered(shape, index) for shape in ("circle", "square", "triangle", "ring")}
    area = {shape: each.sum() for shape, each in mask.items()}
    # same centre and radius r for the same index: pi r^2, (1.7 r)^2, 3 sqrt(3) (0.6 r)^2, pi (1.05^2 - 0.55^2) r^2
    expected = {"square": 1.7**2 / np.pi, "triangle": 3 * 3**0.5 * 0.36 / np.pi, "ring": 1.05**2 - 0.55**2}
    for shape, share in expected.items():
        assert area[shape] / area["circle"] == pytest.approx(share, rel=0.1)
    rows, columns = (np.rint(axis.mean()).astype(int) for axis in np.nonzero(mask["circle"]))
    assert not mask["ring"][rows, columns]
    assert mask["square"][rows, columns]


def test_pictures_are_a_pure_function_of_split_and_number():
    np.testing.assert_array_equal(draw("train", 5, "ring"), draw("train", 5, "ring"))
    assert (draw("train", 5, "ring") != draw("train", 6, "ring")).any()
    assert (draw("train", 5, "ring") != draw("test", 5, "ring")).any()


def test_the_classes_come_in_turn():
    data = load_dataset("toy-shapes", split="test", image_size=8)
    assert data.images.shape == (2000, 8, 8, 3)
    np.testing.assert_array_equal(np.bincount(data.labels), [500] * 4)
    assert data.labels[:5].tolist() == [0, 1, 2, 3, 0]
