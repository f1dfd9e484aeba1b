import numpy as np
import pytest
from PIL import Image

from common.metrics.extractors.resize import resize, weights


@pytest.mark.parametrize(("size", "target"), [((28, 28), (32, 32)), ((64, 48), (32, 32)), ((178, 218), (224, 224))])
def test_antialiased_equals_pillow_in_float(size, target):
    images = np.random.default_rng(0).integers(0, 256, (2, *size, 3), np.uint8)
    ours = resize(images, *target)
    for image, result in zip(images, ours, strict=True):
        for channel in range(3):
            pillow = Image.fromarray(image[..., channel].astype(np.float32))
            expected = np.asarray(pillow.resize(target[::-1], Image.Resampling.BILINEAR))
            np.testing.assert_allclose(result[..., channel], expected, atol=1e-3)


def test_tensorflow1_samples_from_the_upper_left_corner():
    # positions 0, 0.5, 1, 1.5: the last lies beyond the last pixel's centre and repeats it
    ramp = np.array([0, 100], np.uint8).reshape(1, 2, 1, 1)
    np.testing.assert_allclose(resize(ramp, 4, 1, "tensorflow1").ravel(), [0, 50, 100, 100])


@pytest.mark.parametrize("method", ["antialiased", "tensorflow1"])
def test_same_size_changes_nothing_and_constants_stay(method):
    images = np.random.default_rng(1).integers(0, 256, (3, 9, 7, 1), np.uint8)
    np.testing.assert_array_equal(resize(images, 9, 7, method), images)
    np.testing.assert_allclose(resize(np.full((1, 9, 7, 3), 200, np.uint8), 20, 5, method), 200, rtol=1e-6)
    np.testing.assert_allclose(weights(9, 20, method).sum(axis=1), 1, rtol=1e-6)
