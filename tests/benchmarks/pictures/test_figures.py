"""Figures in one style: the same bytes again, a look of its own for each contender, nothing claimed undecided."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from benchmarks.pictures.forest import Ratio, save_forest
from benchmarks.pictures.heat import save_heat
from benchmarks.pictures.progress import save_progress
from benchmarks.pictures.scores import Point, save_agreement, save_precision_recall
from benchmarks.pictures.style import look, new_figure, save_figure, styled
from benchmarks.results.records import JudgedEpoch, Record

RATIOS = [
    Ratio("all 3 models", "keras-tf graph", 1.2, 1.1, 1.3, decided=True, mean=True),
    Ratio("dcgan on mnist-5k", "keras-tf graph", 1.02, 0.9, 1.2, decided=False),
    Ratio("wgan on mnist-5k", "torch compiled", 0.5, None, None, decided=False),
]


def texts(path: Path) -> list[str]:
    return re.findall(r">([^<>\n]+)</text>", path.read_text())


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB")).astype(int)


def test_contenders_look_different_and_always_the_same() -> None:
    names = [
        "torch eager",
        "torch compiled",
        "torch eager bf16",
        "torch compiled bf16",
        "keras-tf graph",
        "mine x",
        "b x",
    ]
    looks = [look(name, names) for name in names]
    assert len({str(each) for each in looks}) == len(names)
    assert look("keras-tf graph", ["keras-tf graph"]) == looks[4]
    assert len({look(name, names)["color"] for name in ("torch a", "keras-tf a", "mine x", "b x")}) == 4


def test_forest_plot_has_a_row_per_ratio_and_is_white_where_undecided(tmp_path: Path) -> None:
    svg, png = save_forest(tmp_path / "forest", RATIOS, 0.05, "Speed", "time")
    found = texts(svg)
    for text in (
        "all 3 models   keras-tf graph",
        "1.20 [1.10, 1.30]",
        "0.50",
        "grey: equal within 5 %; white: not decided",
    ):
        assert text in found
    first = svg.read_bytes(), png.read_bytes()
    assert svg.read_text().count("fill: #ffffff; stroke: #0072b2") == 1
    assert svg.read_text().count("fill: #ffffff; stroke: #d55e00") == 1
    save_forest(tmp_path / "forest", RATIOS, 0.05, "Speed", "time")
    assert (svg.read_bytes(), png.read_bytes()) == first


def test_map_has_a_row_per_race_and_brackets_where_undecided(tmp_path: Path) -> None:
    svg, _ = save_heat(tmp_path / "map", RATIOS, "Speed", "time")
    found = texts(svg)
    assert {"mean", "1.20", "(1.02)", "(0.50)", "dcgan on mnist-5k", "wgan on mnist-5k", "keras-tf"} <= set(found)
    assert found.index("mean") < found.index("dcgan on mnist-5k")
    fills = re.findall(r"fill: (#\w{6})", svg.read_text())
    assert "#0072b2" in fills  # half the time: all of the colour
    assert not any(text == "nan" for text in found)


def test_progress_is_drawn_against_epochs_and_seconds(tmp_path: Path, make_record: Callable[..., Record]) -> None:
    history = [JudgedEpoch(epoch=epoch, scores={"fid": 30.0 - epoch}) for epoch in (1, 3)]
    records = [make_record(seed=seed, seconds=[2.0, 1.0, 4.0], scores={"fid": 1.0}, history=history) for seed in (0, 1)]
    svg, _ = save_progress(tmp_path / "progress", {"torch eager": records}, "fid", "a title")
    assert {"epoch", "seconds of training", "FID (mnistnet)", "(lower is better)"} <= set(texts(svg))
    assert "7" in texts(svg)  # of the 7.3 seconds that training and waiting took


def test_progress_of_untimed_trainings_has_no_seconds(tmp_path: Path, make_record: Callable[..., Record]) -> None:
    made = make_record(scores={"fid": 1.0}, history=[JudgedEpoch(epoch=epoch, scores={"fid": 9.0}) for epoch in (1, 2)])
    assert made.training is not None
    untimed = made.model_copy(update={"training": made.training.model_copy(update={"clocks": None})})
    svg, _ = save_progress(tmp_path / "progress", {"torch eager": [untimed]}, "fid", "a title")
    assert "epoch" in texts(svg)
    assert "seconds of training" not in texts(svg)


def test_precision_against_recall_names_models_and_real_data(tmp_path: Path) -> None:
    points = [Point("dcgan", "torch eager", 0.6, 0.4), Point("dcgan", "keras-tf graph", 0.5, 0.5)]
    svg, _ = save_precision_recall(tmp_path / "pr", points, (0.9, 0.8), "mnist-5k")
    assert texts(svg).count("dcgan") == 1
    assert {"torch eager", "keras-tf graph", "real data"} <= set(texts(svg))


def test_names_of_models_whose_points_are_close_can_be_read(tmp_path: Path) -> None:
    """The first points of two models lie on each other, those of a third in a corner."""
    ends = {"cgan": ((0.25, 0.01), (0.29, 0.01)), "lsgan": ((0.26, 0.01), (0.51, 0.05)), "wgan": ((0.99, 0.99),) * 2}
    points = [
        Point(model, contender, *place)
        for model, own in ends.items()
        for contender, place in zip(("torch eager", "keras-tf graph"), own, strict=True)
    ]
    svg, _ = save_precision_recall(tmp_path / "pr", points, None, "mnist-5k")
    boxes = {}
    for name in ends:
        anchor, x, y = re.findall(
            rf'text-anchor: (\w+)" x="([\d.]+)" y="([\d.]+)"[^<]*>{name}</text>', svg.read_text()
        )[0]
        width = 5.0 * len(name)  # of letters of 8 points
        left = float(x) - (width if anchor == "end" else 0)
        boxes[name] = left, left + width, float(y) - 8, float(y) + 2
    a, b, c = boxes["cgan"], boxes["lsgan"], boxes["wgan"]
    assert a[1] < b[0] or b[1] < a[0] or a[3] < b[2] or b[3] < a[2]
    corner = re.search(r'id="patch_2">\s*<path d="M [\d.]+ [\d.]+\s+L ([\d.]+)', svg.read_text().replace("\n", " "))
    assert corner is not None
    assert c[1] < float(corner.group(1))


def test_agreement_has_a_bar_per_class_and_contender(tmp_path: Path) -> None:
    seeds = [{"0": 1.0, "1": 0.5}, {"0": 0.9, "1": 0.7}]
    svg, _ = save_agreement(tmp_path / "classes", {"torch eager": seeds, "keras-tf graph": seeds[:1]}, "cdcgan")
    assert {"0", "1", "class asked for"} <= set(texts(svg))
    assert svg.read_text().count("fill: #d55e00") >= 2


def test_files_are_those_that_matplotlib_saves_at_twice_the_price_and_size(tmp_path: Path) -> None:
    def drawn() -> Figure:
        figure = new_figure(4.0, 3.0)
        axes = figure.subplots()
        axes.plot([0, 1, 2], [3.0, 1.0, 2.5], label="a curve")
        axes.set(xlabel="epoch", ylabel="loss", title="a title above")
        figure.suptitle("a figure")
        figure.legend(loc="outside lower center")
        return figure

    with styled():
        svg, png = save_figure(drawn(), tmp_path / "ours")
        figure = drawn()
        figure.savefig(tmp_path / "theirs.png", metadata={"Software": None})
        figure.set_layout_engine("none")
        figure.savefig(tmp_path / "theirs.svg", metadata={"Date": None, "Creator": None})
    assert svg.read_bytes() == (tmp_path / "theirs.svg").read_bytes()
    with Image.open(png) as ours, Image.open(tmp_path / "theirs.png") as theirs:
        assert ours.info["dpi"] == theirs.info["dpi"]
        difference = np.abs(pixels(ours) - pixels(theirs))
    assert difference.max() <= 12
    assert difference.mean() < 0.1
    assert png.stat().st_size < (tmp_path / "theirs.png").stat().st_size / 2
