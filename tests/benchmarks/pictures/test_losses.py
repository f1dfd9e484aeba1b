"""The loss plot: its average is right, and it survives what a diverged training leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.pictures.losses import epochs_at, moving_average, save_loss_plot


def test_average_of_a_line_is_the_line_at_the_middles() -> None:
    data = np.arange(20.0)
    for window in (1, 2, 3, 7):
        means, middle = moving_average(data, window)
        assert len(means) == 20 - window + 1
        np.testing.assert_allclose(means, data[middle] - (0.5 if window % 2 == 0 else 0.0))


def test_window_is_never_longer_than_the_data() -> None:
    means, middle = moving_average(np.array([1.0, 3.0]), 10)
    assert len(means) == len(np.array([1.0, 3.0])[middle]) == 1


def test_plot_is_a_picture_even_with_infinite_and_missing_losses(tmp_path: Path) -> None:
    losses = {"discriminator": [1.0, float("nan"), 2.0] * 50, "generator": [1.0, float("inf")], "penalty": [0.5] * 150}
    save_loss_plot(tmp_path / "losses.png", losses, [10], "a title")
    picture = np.asarray(Image.open(tmp_path / "losses.png").convert("RGB"))
    assert picture.shape[1] > 600
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50


def test_iterations_lie_in_epochs_of_their_own_length() -> None:
    np.testing.assert_allclose(epochs_at(5, [2, 1]), [0.5, 1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(epochs_at(3, [4, 4]), [0.25, 0.5, 0.75])
