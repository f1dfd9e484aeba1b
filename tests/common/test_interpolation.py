"""Paths: end points, lengths, and what makes the two kinds different."""

import numpy as np
import pytest

from common.interpolation import PATHS, linear, spherical, through

A = np.array([3.0, 0.0, 0.0, 4.0], dtype=np.float32)
B = np.array([0.0, 5.0, 0.0, 0.0], dtype=np.float32)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_path_starts_and_ends_at_its_ends(path):
    points = path(A, B, 7)
    assert points.shape == (7, 4)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points[0], A, atol=1e-6)
    np.testing.assert_allclose(points[-1], B, atol=1e-6)


def test_linear_points_are_evenly_spaced():
    steps = np.diff(linear(A, B, 5), axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to((B - A) / 4, steps.shape), atol=1e-6)


def test_spherical_points_keep_the_length_where_linear_ones_shrink():
    middle = 3
    np.testing.assert_allclose(np.linalg.norm(spherical(A, B, 7), axis=1), 5.0, atol=1e-5)
    assert np.linalg.norm(linear(A, B, 7)[middle]) == pytest.approx(5.0 / np.sqrt(2.0), rel=1e-5)


def test_spherical_steps_have_equal_angles():
    points = spherical(A, B, 10) / 5.0
    cosines = np.sum(points[:-1] * points[1:], axis=1)
    np.testing.assert_allclose(np.degrees(np.arccos(cosines)), 10.0, atol=1e-3)


def test_parallel_ends_are_joined_by_a_line():
    np.testing.assert_allclose(spherical(A, 2 * A, 3)[1], 1.5 * A, rtol=1e-6)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_one_step_is_no_path(path):
    with pytest.raises(ValueError, match="at least 2 steps"):
        path(A, B, 1)


def test_a_path_through_many_points_meets_each_once():
    points = np.array([[0.0], [3.0], [9.0]], dtype=np.float32)
    np.testing.assert_allclose(through(points, 4, "linear")[:, 0], [0, 1, 2, 3, 5, 7, 9])
    np.testing.assert_allclose(through(points, 4, "linear", loop=True)[:, 0], [0, 1, 2, 3, 5, 7, 9, 6, 3])
    with pytest.raises(ValueError, match="at least 2 points"):
        through(points[:1], 4, "linear")
