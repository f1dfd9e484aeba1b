"""Small pictures: few colours that are near the ones before, and what has few keeps them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pictures.small import COLOURS, drawing_png, save_small
from common.errors import BadInput


def test_many_colours_become_few_that_are_near(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    many = np.stack([*np.meshgrid(ramp, ramp), np.full((64, 64), 90, np.uint8)], axis=-1)
    noise = np.random.default_rng(0).integers(0, 8, many.shape, dtype=np.uint8)
    many = np.clip(many.astype(int) + noise, 0, 255).astype(np.uint8)
    path = tmp_path / "many.png"
    Image.fromarray(many).save(path)
    before = path.stat().st_size
    save_small(path, path)
    with Image.open(path) as small:
        shown = np.asarray(small.convert("RGB")).astype(int)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) <= COLOURS
    assert np.abs(shown - many).mean() < 8
    assert path.stat().st_size < before / 2


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_few_colours_stay_as_they_are_in_no_more_bytes(tmp_path: Path, mode: str) -> None:
    greys = np.arange(256, dtype=np.uint8)
    picture = Image.fromarray(np.random.default_rng(0).permuted(np.tile(greys, 64)).reshape(128, 128)).convert(mode)
    source, target = tmp_path / "few.png", tmp_path / "kept.png"
    picture.save(source)
    save_small(source, target)
    with Image.open(target) as kept:
        assert np.array_equal(np.asarray(kept.convert("RGB")), np.asarray(picture.convert("RGB")))
    assert target.stat().st_size <= source.stat().st_size
    again = target.read_bytes()
    save_small(target, target)
    assert target.read_bytes() == again


def test_what_is_smaller_as_it_is_stays_byte_for_byte(tmp_path: Path) -> None:
    source, target = tmp_path / "plain.png", tmp_path / "kept.png"
    Image.fromarray(np.full((4, 4), 7, np.uint8)).save(source)
    save_small(source, target)
    assert target.read_bytes() == source.read_bytes()


def test_drawings_keep_their_rare_colours(tmp_path: Path) -> None:
    drawn = np.full((200, 200, 3), 255, np.uint8)
    drawn[:100, :, 0], drawn[:100, :, 1] = np.meshgrid(np.arange(200), np.arange(100))  # 20,000 colours
    drawn[150, 150] = 200, 0, 90
    with Image.open(io.BytesIO(drawing_png(Image.fromarray(drawn), 150))) as png:
        shown = np.asarray(png.convert("RGB")).astype(int)
        assert png.mode == "P"
        assert png.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    assert np.abs(shown[150, 150] - (200, 0, 90)).max() <= 10


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"text")
    with pytest.raises(BadInput, match="no picture"):
        save_small(tmp_path / "text.png", tmp_path / "small.png")
