"""Resize policies against values worked out by hand."""

import numpy as np
import pytest

from common.data.resize import ResizePolicy, check_image_size, fit_square, parse_policy
from common.errors import BadInput


@pytest.mark.parametrize("size", [4, 8, 16, 32, 64, 128, 256, 512, 1024])
def test_sizes_of_the_ladder_are_accepted(size):
    assert check_image_size(size) == size


@pytest.mark.parametrize(("size", "nearest"), [(60, 64), (28, 32), (0, 4), (-5, 4), (2048, 1024), (12, 8), (218, 256)])
def test_other_sizes_are_refused_with_the_nearest(size, nearest):
    with pytest.raises(BadInput, match=rf"{size} cannot be used.*nearest is {nearest}\."):
        check_image_size(size)


def test_policy_names():
    assert parse_policy("crop") == ResizePolicy("crop", "bicubic")
    assert str(parse_policy("squash:area")) == "squash:area"
    assert str(parse_policy("pad:bicubic")) == "pad"
    for wrong in ("", "stretch", "crop:nearest", "crop:area:area", ":area"):
        with pytest.raises(BadInput, match="resize policy"):
            parse_policy(wrong)


def test_pad_puts_a_digit_on_zeros_without_touching_it():
    digit = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    square = fit_square(digit, 32, ResizePolicy("pad"), border=2)
    np.testing.assert_array_equal(square[2:30, 2:30], digit)
    assert square.sum() == digit.sum()


def test_pad_keeps_the_proportions_of_an_oblong():
    tall = np.full((8, 4, 3), 200, np.uint8)
    square = fit_square(tall, 8, ResizePolicy("pad"))
    assert (square[:, 2:6] == 200).all()
    assert (square[:, :2] == 0).all()
    assert (square[:, 6:] == 0).all()


def test_crop_takes_the_centre_square():
    columns = np.repeat(np.arange(8, dtype=np.uint8)[None, :], 4, axis=0)  # 4 high, 8 wide: value = column
    np.testing.assert_array_equal(fit_square(columns, 4, ResizePolicy("crop")), columns[:, 2:6])
    np.testing.assert_array_equal(fit_square(columns.T, 4, ResizePolicy("crop")), columns.T[2:6])


def test_pad_puts_the_odd_line_below_and_to_the_right():
    picture = np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
    square = fit_square(picture, 4, ResizePolicy("pad"))
    np.testing.assert_array_equal(square, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [0, 0, 0, 0]])
    np.testing.assert_array_equal(fit_square(picture.T, 4, ResizePolicy("pad")), square.T)
    larger = fit_square(np.full((1, 4), 9, np.uint8), 8, ResizePolicy("pad"), border=2)
    assert np.argwhere(larger).min(axis=0).tolist() == [3, 2]  # 7 black rows: 3 above, 4 below
    assert np.argwhere(larger).max(axis=0).tolist() == [3, 5]


def test_crop_between_two_pixels_favours_neither_side():
    """Five columns cut to four: the cut runs through half a column on each side, so columns are means of neighbours."""
    columns = np.repeat(np.array([[0, 10, 20, 30, 40]], np.uint8), 4, axis=0)
    wide, tall = fit_square(columns, 4, ResizePolicy("crop")), fit_square(columns.T, 4, ResizePolicy("crop"))
    # the cubic kernel at half a pixel is (-1, 9, 9, -1) / 16, exact on a ramp; at the rim it lacks its outer tap:
    # (9 * 0 + 9 * 10 - 20) / 17 = 4.1
    np.testing.assert_array_equal(wide, np.repeat([[4, 15, 25, 36]], 4, axis=0))
    np.testing.assert_array_equal(tall, wide.T)


def test_squash_changes_the_proportions():
    halves = np.zeros((4, 8), np.uint8)
    halves[:, 4:] = 100
    squashed = fit_square(halves, 4, ResizePolicy("squash", "area"))
    np.testing.assert_array_equal(squashed, np.repeat([[0, 0, 100, 100]], 4, axis=0))


def test_area_is_the_mean_of_the_box():
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    expected = pixels.reshape(4, 4, 4, 4, 3).mean(axis=(1, 3))
    result = fit_square(pixels, 4, ResizePolicy("crop", "area")).astype(float)
    assert np.abs(result - expected).max() <= 1  # Pillow rounds after each of its two passes


@pytest.mark.parametrize("filter_name", ["area", "bicubic"])
def test_shrinking_is_antialiased(filter_name):
    checkerboard = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = fit_square(checkerboard, 8, ResizePolicy("crop", filter_name))
    assert np.abs(small.astype(int) - 127).max() <= 12  # sampling without antialiasing would give 0 or 255


def test_enlarging_a_flat_picture_leaves_it_flat():
    flat = np.full((32, 32), 77, np.uint8)
    np.testing.assert_array_equal(fit_square(flat, 64, ResizePolicy("pad")), np.full((64, 64), 77))
