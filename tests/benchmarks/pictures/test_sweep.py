"""Figures of swept races: which are drawn, what stands in them, and that they are the same again."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from benchmarks.pictures.style import styled
from benchmarks.pictures.sweep import save_sweeps, sweep_figure


def rows(batches: tuple[int, ...] = (16, 64, 256), widths: tuple[int, ...] = (8, 32)) -> list[dict]:
    """keras-tf takes longer by an overhead that falls with the work of a step."""
    found = []
    for batch in batches:
        for width in widths:
            ratio = 1.0 + 40.0 / (batch * width) ** 0.8
            own = {"model": "dcgan", "dataset": "mnist-5k", "batch_size": batch, "width": width, "control": ""}
            found.append(own | {"contender": "torch eager", "ratio": 1.0, "low": None, "high": None})
            found.append(
                own | {"contender": "keras-tf graph", "ratio": ratio, "low": 0.98 * ratio, "high": 1.02 * ratio}
            )
            found.append(
                own | {"contender": "torch eager (again)", "control": "again", "ratio": 9.0, "low": 8, "high": 10}
            )
    across = dict.fromkeys(found[0]) | {"model": "all 3", "dataset": "all", "contender": "keras-tf graph", "ratio": 1.1}
    return [*found, across]


def test_both_swept_fields_have_a_figure_as_vectors_and_pixels(tmp_path: Path) -> None:
    paths = save_sweeps(tmp_path, rows(), 0.05)
    assert [path.name for path in paths] == ["sweep-dcgan-mnist-5k-batch_size", "sweep-dcgan-mnist-5k-width"]
    for path in paths:
        assert Image.open(path.with_suffix(".png")).width > 600
        assert "<svg" in path.with_suffix(".svg").read_text()
    first = paths[0].with_suffix(".svg").read_bytes()
    save_sweeps(tmp_path, rows(), 0.05)
    assert paths[0].with_suffix(".svg").read_bytes() == first


def test_only_what_was_swept_is_drawn(tmp_path: Path) -> None:
    assert [path.name for path in save_sweeps(tmp_path, rows(widths=(8,)), 0.05)] == ["sweep-dcgan-mnist-5k-batch_size"]
    assert save_sweeps(tmp_path, rows((16,), (8,)), 0.05) == []
    assert save_sweeps(tmp_path, [], 0.05) == []


def test_lines_hold_the_ratios_and_no_controls() -> None:
    given = [row for row in rows() if not row["control"] and row["batch_size"]]
    figure = sweep_figure(given, "batch_size", 0.05, "dcgan")
    narrow, wide = figure.axes
    assert (narrow.get_title(), wide.get_title()) == ("network width 8", "network width 32")
    lines = {container.get_label(): container.lines[0] for container in wide.containers}
    assert set(lines) == {"torch eager", "keras-tf graph"}
    assert list(lines["torch eager"].get_ydata()) == [1.0, 1.0, 1.0]
    expected = [row["ratio"] for row in given if row["contender"] == "keras-tf graph" and row["width"] == 32]
    assert list(lines["keras-tf graph"].get_xdata()) == [16, 64, 256]
    assert list(lines["keras-tf graph"].get_ydata()) == expected


@pytest.mark.parametrize("batches", [(32,), (16, 64)], ids=["one panel", "two"])
def test_the_names_of_many_contenders_are_whole(batches: tuple[int, ...]) -> None:
    names = [f"keras-{backend} compiled{more}" for backend in ("tf", "jax", "torch") for more in ("", " bf16", " tf32")]
    own = {"batch_size": 32, "ratio": 1.5, "low": 1.4, "high": 1.6}
    given = [own | {"batch_size": size, "width": width, "contender": name}
             for size in batches for width in (16, 32) for name in names]  # fmt: skip
    with styled():
        figure = sweep_figure(given, "width", 0.05, "cgan on mnist-5k")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        (legend,) = figure.legends
        assert {text.get_text() for text in legend.get_texts()} == set(names)
        space, whole = legend.get_window_extent(canvas.get_renderer()), figure.bbox
    assert whole.x0 <= space.x0 < space.x1 <= whole.x1
    assert whole.y0 <= space.y0 < space.y1 <= whole.y1
    assert min(axes.bbox.height for axes in figure.axes) > 0.4 * whole.height
