"""The loss plot: its average is right, and it survives what a diverged training leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.pictures.losses import epochs_at, moving_average, save_losses
from benchmarks.results.records import Record


def test_average_of_a_line_is_the_line_at_the_middles() -> None:
    data = np.arange(20.0)
    for window in (1, 2, 3, 7):
        means, middle = moving_average(data, window)
        assert len(means) == 20 - window + 1
        np.testing.assert_allclose(means, data[middle] - (0.5 if window % 2 == 0 else 0.0))


def test_window_is_never_longer_than_the_data() -> None:
    means, middle = moving_average(np.array([1.0, 3.0]), 10)
    assert len(means) == len(np.array([1.0, 3.0])[middle]) == 1


def test_both_engines_are_on_every_panel(tmp_path: Path, make_record: Callable[..., Record]) -> None:
    losses = {"discriminator": [1.0, float("nan"), 2.0] * 50, "generator": [1.0, float("inf")], "penalty": [0.5] * 150}
    torch, keras = make_record(losses=losses).training, make_record("keras-tf").training
    paths = save_losses(tmp_path / "losses", {"torch eager": [torch, torch], "keras-tf graph": [keras]}, "a title")
    assert [path.name for path in paths] == ["losses.svg", "losses.png"]
    drawing = paths[0].read_text()
    for text in ("a title", "discriminator", "generator", "penalty", "torch eager", "keras-tf graph", "epoch"):
        assert f">{text}</text>" in drawing
    with Image.open(paths[1]) as picture:
        assert picture.width == round((4.2 * 3 + 0.4) * 150)
        colors = {tuple(color) for color in np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()}
    assert {(0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)} <= colors


def test_iterations_lie_in_epochs_of_their_own_length() -> None:
    np.testing.assert_allclose(epochs_at(5, [2, 1]), [0.5, 1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(epochs_at(3, [4, 4]), [0.25, 0.5, 0.75])
