"""Nearest training images: found by hand, equal ones at distance 0, the closest pair first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.pictures.nearest import nearest, save_nearest


def test_nearest_image_and_its_distance_are_those_of_brute_force() -> None:
    draws = np.random.default_rng(0)
    training = draws.integers(0, 256, (2100, 4, 4, 3), dtype=np.uint8)
    images = draws.integers(0, 256, (5, 4, 4, 3), dtype=np.uint8)
    images[3] = training[2050]
    indices, distances = nearest(images, training)
    each = np.sqrt(((images[:, None].astype(float) - training[None].astype(float)) ** 2).mean(axis=(2, 3, 4)))
    np.testing.assert_array_equal(indices, each.argmin(axis=1))
    np.testing.assert_allclose(distances, each.min(axis=1))
    assert distances[3] == 0.0


def test_picture_has_the_closest_pair_first(tmp_path: Path) -> None:
    draws = np.random.default_rng(1)
    training = draws.integers(0, 256, (50, 8, 8, 1), dtype=np.uint8)
    samples = draws.integers(0, 256, (20, 8, 8, 1), dtype=np.uint8)
    samples[7] = training[9]
    save_nearest(tmp_path / "nearest.png", samples, training, "dcgan")
    with Image.open(tmp_path / "nearest.png") as picture:
        scale = 9  # 900 pixels for 4 pairs of 2 * 8 + 1, with gaps of 6
        assert picture.size == (scale * (4 * 23 - 6), scale * (4 * 14 - 6) + 2 * 26)
        first = np.asarray(picture)[2 * 26 :: scale, ::scale][:8]
    np.testing.assert_array_equal(first[:, :8], samples[7, ..., 0])
    np.testing.assert_array_equal(first[:, 9:17], samples[7, ..., 0])
