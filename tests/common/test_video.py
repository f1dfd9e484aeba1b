"""Films: frames, size and time of what another decoder reads back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.errors import BadInput
from common.video import save_mp4

FRAMES = [Image.fromarray(np.full((33, 40), level, np.uint8)) for level in (0, 120, 240)]


def test_frames_size_and_time_are_those_asked_for(tmp_path: Path) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    save_mp4(tmp_path / "a.mp4", FRAMES, 100, 300)
    reader = ffmpeg.read_frames(tmp_path / "a.mp4")
    facts = next(reader)
    assert facts["size"] == (40, 34)
    assert facts["fps"] == 10.0
    levels = [float(np.frombuffer(frame, np.uint8).mean()) for frame in reader]
    np.testing.assert_allclose(levels, [0, 120, 240, 240, 240], atol=3)
    save_mp4(tmp_path / "b.mp4", FRAMES, 100, 300)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_without_the_package_it_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(BadInput, match=r"ganbench\[video\]"):
        save_mp4(tmp_path / "a.mp4", FRAMES, 100, 300)
    with pytest.raises(ValueError, match="at least one frame"):
        save_mp4(tmp_path / "a.mp4", [], 100, 300)
