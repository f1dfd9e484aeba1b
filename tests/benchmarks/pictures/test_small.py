"""Small pictures: few colours that are near the ones before, and what has few is left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pictures.small import COLOURS, save_small
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
def test_few_colours_stay_byte_for_byte(tmp_path: Path, mode: str) -> None:
    source, target = tmp_path / "few.png", tmp_path / "kept.png"
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert(mode).save(source)
    save_small(source, target)
    assert target.read_bytes() == source.read_bytes()
    save_small(source, source)
    assert target.read_bytes() == source.read_bytes()


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"text")
    with pytest.raises(BadInput, match="no picture"):
        save_small(tmp_path / "text.png", tmp_path / "small.png")
