"""Pictures: quantising, grids, enlargement, animations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.images import grid, quantize, save_gif, save_png, to_pillow


def test_quantize_by_hand() -> None:
    values = np.array([-1.0, 1.0, 0.0, -2.0, 3.0, 2 / 255 - 1]).reshape(6, 1, 1, 1)
    assert quantize(values).ravel().tolist() == [0, 255, 128, 0, 255, 1]
    assert quantize(values).dtype == np.uint8


def test_quantize_is_the_inverse_of_the_scaling_of_real_images() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(256, 1, 1, 1)
    for kind in (np.float32, np.float64):
        np.testing.assert_array_equal(quantize(levels.astype(kind) / kind(127.5) - kind(1)), levels)


def test_images_that_are_not_finite_are_counted() -> None:
    images = np.zeros((3, 2, 2, 1), np.float32)
    images[1, 0, 0, 0], images[2, 1, 1, 0] = np.nan, np.inf
    with pytest.raises(ValueError, match="2 of 3 images"):
        quantize(images)


def test_grid_places_images_row_by_row_with_gaps() -> None:
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1).repeat(2, 1).repeat(3, 2)
    picture = grid(images, columns=3, gap=1, background=9)
    assert picture.shape == (5, 11, 1)
    assert picture[0, :, 0].tolist() == [0, 0, 0, 9, 1, 1, 1, 9, 2, 2, 2]
    assert picture[3, :, 0].tolist() == [3, 3, 3, 9, 4, 4, 4, 9, 9, 9, 9]
    assert (picture[2] == 9).all()


@pytest.mark.parametrize(("count", "columns"), [(0, 2), (3, 0)])
def test_grid_of_nothing(count: int, columns: int) -> None:
    with pytest.raises(ValueError, match="needs images and columns"):
        grid(np.zeros((count, 2, 2, 1), np.uint8), columns)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_png_keeps_every_pixel_and_enlarges_by_whole_pixels(tmp_path: Path, channels: int, mode: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (4, 5, channels), dtype=np.uint8)
    save_png(tmp_path / "a.png", picture, scale=3)
    image = Image.open(tmp_path / "a.png")
    assert (image.mode, image.size) == (mode, (15, 12))
    expected = picture.repeat(3, 0).repeat(3, 1)
    np.testing.assert_array_equal(np.asarray(image).reshape(expected.shape), expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_gif_shows_its_frames_for_their_time_and_for_ever(tmp_path: Path, channels: int) -> None:
    frames = [to_pillow(np.full((4, 4, channels), level, np.uint8)) for level in (0, 128, 248)]
    save_gif(tmp_path / "a.gif", frames, 200, 900)
    with Image.open(tmp_path / "a.gif") as animation:
        assert (animation.n_frames, animation.info["loop"]) == (3, 0)
        for index, (level, duration) in enumerate(((0, 200), (128, 200), (248, 900))):
            animation.seek(index)
            assert animation.info["duration"] == duration
            assert abs(int(np.asarray(animation.convert("L"))[0, 0]) - level) <= 4
    with pytest.raises(ValueError, match="at least one frame"):
        save_gif(tmp_path / "b.gif", [], 200, 900)
