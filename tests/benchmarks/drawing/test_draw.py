"""What is written of drawn images: rows of still pictures, frames, sizes and timing of moving ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.drawing import draw
from benchmarks.drawing.request import Request
from common.errors import BadInput

NOWHERE = Path("nowhere")


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of an engine: image i of a walk has grey level 8 i, 8 by 8."""

    def levels(request: Request) -> np.ndarray:
        legs = len(request.labels) * (len(request.labels) - 1) // 2 if request.pairs else 0
        points = len(request.labels) or request.points
        walk = points * (request.steps - 1) if request.loop else (points - 1) * (request.steps - 1) + 1
        count = legs * request.steps or (walk if points else request.count)
        return np.full((count, 8, 8, 1), 8 * np.arange(count).reshape(-1, 1, 1, 1) % 256, np.uint8)

    monkeypatch.setattr(draw, "draw", levels)


def durations(path: Path) -> list[int]:
    with Image.open(path) as animation:
        found = []
        for index in range(animation.n_frames):
            animation.seek(index)
            found.append(animation.info["duration"])
    return found


def test_a_walk_is_a_row_per_leg_and_a_frame_per_image(tmp_path: Path) -> None:
    request = Request(weights=NOWHERE, labels=(0, 1, 2, 3), steps=10)
    draw.save_samples(request, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:  # 28 images in rows of 9, enlarged 8 times
        assert picture.size == (8 * (9 * 10 - 2), 8 * (4 * 10 - 2))
    draw.save_samples(request.model_copy(update={"steps": 3}), tmp_path / "a.gif")
    assert durations(tmp_path / "a.gif") == [80] * 6 + [800]
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.size == (96, 96)
        assert animation.info["loop"] == 0


def test_a_loop_never_halts(tmp_path: Path) -> None:
    draw.save_samples(Request(weights=NOWHERE, points=3, steps=9, loop=True), tmp_path / "a.gif")
    # grey levels that an animation does not tell apart are one frame that stays longer
    assert sum(durations(tmp_path / "a.gif")) == 3 * 8 * 80


def test_pairs_are_rows_of_a_picture_and_a_matrix_in_motion(tmp_path: Path) -> None:
    request = Request(weights=NOWHERE, labels=(5, 6, 7), steps=4, pairs=True)
    draw.save_samples(request, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (8 * (4 * 10 - 2), 8 * (3 * 10 - 2))
    frames = draw.moving(request, draw.draw(request))
    assert len(frames) == 4
    for step, frame in enumerate(frames):  # walks 5-6, 5-7 and 6-7 have 8 times the levels 0-3, 4-7 and 8-11
        tiles = np.asarray(frame.resize((28, 28), Image.Resampling.NEAREST))[4::10, 4::10] // 8
        back = 3 - step
        assert tiles.tolist() == [[0, step, 4 + step], [back, 3, 8 + step], [4 + back, 8 + back, 7]]


def test_ten_classes_in_motion_are_large_enough_to_be_seen() -> None:
    request = Request(weights=NOWHERE, labels=tuple(range(10)), steps=2, pairs=True)
    tiles = np.zeros((45 * 2, 32, 32, 1), np.uint8)
    assert draw.moving(request, tiles)[0].size == (2 * (10 * 34 - 2), 2 * (10 * 34 - 2))


def test_each_class_is_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "draw", lambda request: np.zeros((30, 8, 8, 1), np.uint8))
    draw.save_samples(Request(weights=NOWHERE, count=6, each_class=True), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (8 * (5 * 10 - 2), 8 * (6 * 10 - 2))


def test_independent_images_stand_in_a_grid(tmp_path: Path) -> None:
    draw.save_samples(Request(weights=NOWHERE, count=25), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (8 * (10 * 10 - 2), 8 * (3 * 10 - 2))
    draw.save_samples(Request(weights=NOWHERE, count=3), tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (3, 8, 8, 1)
    with pytest.raises(BadInput, match=r"\.mp4 or \.npy"):
        draw.save_samples(Request(weights=NOWHERE), tmp_path / "a.jpg")
