"""Twins drifting apart: the right moments, the right numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.pictures.differences import differences, save_differences
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record


def saved(folder: Path, levels: dict[int, int]) -> CellFolder:
    (folder / "progress").mkdir(parents=True)
    for epoch, level in levels.items():
        images = np.full((64, 8, 8, 3), level, np.uint8)
        images[0, 0, 0, 2] += 5
        np.save(CellFolder(folder).progress_file(epoch), images)
    return CellFolder(folder)


def test_moments_are_those_nearest_to_0_1_10_and_100_iterations(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    seconds = [1.0] * 12  # twelve epochs of ten iterations
    torch, keras = make_record(seconds=seconds), make_record("keras-tf", seconds=seconds)
    one = saved(tmp_path / "one", dict.fromkeys(range(13), 100))
    other = saved(tmp_path / "other", {epoch: 100 - 3 * epoch for epoch in range(13)})
    found = differences((torch, one), (keras, other))
    assert [each.iterations for each in found] == [0, 10, 100, 120]
    assert [int(each.levels.max()) for each in found] == [0, 3, 30, 36]
    assert found[0].levels.shape == (8, 8, 8)
    svg, png = save_differences(tmp_path / "drift", found, "a title")
    text = svg.read_text()
    for line in ("100 iterations", "largest 30", "mean 30", "grey levels"):
        assert f">{line}</text>" in text
    assert png.stat().st_size > 1000


def test_no_common_samples_are_no_difference(tmp_path: Path, make_record: Callable[..., Record]) -> None:
    one, other = saved(tmp_path / "one", {0: 1}), CellFolder(tmp_path)
    assert differences((make_record(), one), (make_record("keras-tf"), other)) == []
