"""The playground in a browser, from the folder and from a server: it draws what the engines drew, and its address
holds its state."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from benchmarks.drawing.request import find_trained
from benchmarks.results.run_folder import RunFolder
from benchmarks.site import build
from benchmarks.site.build import build_site
from benchmarks.site.on_demand import OnDemand
from benchmarks.site.serve import make_server
from tests.long import only_long

MODELS = ("cdcgan", "stylegan")  # one with classes, one with styles
ENGINES = {"left": "torch", "right": "keras-tf"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Where the site is; its run is made in the first test that has a record."""
    return tmp_path_factory.mktemp("playground")


@pytest.fixture
def site(generators, built, libraries, make_record, monkeypatch):
    monkeypatch.setattr(build, "packages", lambda: (libraries, ""))
    if not (built / "site").exists():
        run = RunFolder(built / "run")
        for folder in (generators / f"{model}-{engine}" for model in MODELS for engine in ENGINES.values()):
            cell = find_trained(folder).cell
            shutil.copytree(folder, run.of(cell).path)
            run.of(cell).save_record(make_record("torch").model_copy(update={"cell": cell, "id": cell.id}))
        assert build_site([run.path], built / "site").lacks == []
    return built / "site"


@pytest.fixture
def page(request, site, browser):
    """The playground, started; opened as a file unless a test is of both ways."""
    server, base = None, site.as_uri()
    if getattr(request, "param", "file") == "http":
        server = make_server(site, 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
    opened = browser.new_page()
    opened.goto(f"{base}/playground.html")
    opened.click("#start")
    drawn(opened)
    yield opened
    if server is not None:
        server.shutdown()
        server.server_close()


BOTH_WAYS = pytest.mark.parametrize("page", ["file", "http"], indirect=True)


def drawn(page):
    """Wait until what is chosen is drawn, and return the images of both sides, uint8 (n, 16, 16, 1)."""
    page.wait_for_function("document.body.dataset.busy === 'no'", timeout=120_000)
    assert "cannot be drawn" not in page.inner_text("#status")
    shown = page.evaluate("[Array.from(ganbench.shown.left), Array.from(ganbench.shown.right)]")
    return [np.array(side, np.uint8).reshape(-1, 16, 16, 1) for side in shown]


def choose(page, name, value):
    """Set a control, and return what is drawn then."""
    control = page.locator(f"#controls [name={name}]")
    if control.evaluate("each => each.localName") == "select":
        control.select_option(value)
    else:
        control.fill(value)
    return drawn(page)


def apart(one, other):
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@BOTH_WAYS
def test_it_draws_what_both_engines_drew(page, generators):
    for model in MODELS:
        choose(page, "model", f"{model} on mnist-5k")
        images = choose(page, "count", "16")
        for side, engine in zip(images, ENGINES.values(), strict=True):
            expected = np.load(generators / f"{model}-{engine}" / "samples.npy")[:16]
            assert apart(side, expected) <= 1
        assert f"Largest difference: {apart(*images)} of 255" in page.inner_text("#status")


def test_64_images_class_blend_walk_and_style_change_what_is_drawn(page):
    seen = [drawn(page)[0]]
    assert len(seen[0]) == 64
    for name, value in (("class", "3"), ("to", "5"), ("blend", "0.9"), ("walk", "0.5"), ("seed", "7")):
        seen.append(choose(page, name, value)[0])
        assert apart(seen[-1], seen[-2]) > 10, name
    before = choose(page, "model", "stylegan on mnist-5k")[0]
    for name, value in (("psi", "0.5"), ("mix", "8")):
        after = choose(page, name, value)[0]
        assert apart(after, before) > 10, name
        before = after


def test_columns_are_classes_where_all_are_drawn_in_turn(page):
    width = "document.getElementById('left').width"
    choose(page, "model", "cdcgan on mnist-5k")
    assert page.evaluate(width) == 10 * (16 + 2) - 2
    choose(page, "class", "3")
    assert page.evaluate(width) == 8 * (16 + 2) - 2
    choose(page, "model", "stylegan on mnist-5k")  # has no classes
    assert page.evaluate(width) == 8 * (16 + 2) - 2


def test_dragging_on_the_map_moves_both_sliders(page):
    before = drawn(page)[0]
    square = page.locator("#map").bounding_box()
    page.mouse.move(square["x"] + square["width"] / 2, square["y"] + square["height"] / 2)
    page.mouse.down()
    page.mouse.move(square["x"] + square["width"] * 0.75, square["y"] + square["height"] * 0.25)
    page.mouse.up()
    assert apart(drawn(page)[0], before) > 10
    assert [float(page.input_value(f"[name={name}]")) for name in ("east", "north")] == pytest.approx([1, 1], abs=0.1)


def test_a_walk_plays_and_stops(page):
    page.click("[name=play]")
    page.wait_for_function("Number(document.querySelector('[name=walk]').value) > 0.05", timeout=60_000)
    page.click("[name=play]")
    assert page.get_attribute("[name=play]", "aria-pressed") == "false"


@BOTH_WAYS
def test_the_address_restores_what_was_seen(page, browser):
    choose(page, "count", "16")
    choose(page, "seed", "42")
    images = choose(page, "class", "8")
    other = browser.new_page()
    other.goto(page.url)
    other.click("#start")
    assert all(np.array_equal(*pair) for pair in zip(images, drawn(other), strict=True))


def test_surprise_me_draws_another_seed_and_the_picture_can_be_had(page):
    before = drawn(page)[0]
    page.click("[name=surprise]")
    assert apart(drawn(page)[0], before) > 10
    with page.expect_download() as download:
        page.click("[name=png]")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_both_sides_of_one_engine_are_equal(page):
    page.locator("[name=right]").select_option("torch eager")
    one, other = drawn(page)
    assert np.array_equal(one, other)
    assert "Largest difference: 0 of 255" in page.inner_text("#status")


@pytest.fixture
def served(generators, tmp_path, libraries, make_record, monkeypatch):
    """The address of the playground of a run whose generators are not exported yet, and their cells by engine."""
    monkeypatch.setattr(build, "packages", lambda: (libraries, ""))
    run, folders = RunFolder(tmp_path / "run"), {}
    for engine in ENGINES.values():
        cell = find_trained(generators / f"cdcgan-{engine}").cell
        folders[engine] = shutil.copytree(generators / f"cdcgan-{engine}", run.of(cell).path)
        run.of(cell).save_record(make_record("torch").model_copy(update={"cell": cell, "id": cell.id}))
    made = build_site([run.path], tmp_path / "site", export=False)
    assert (made.lacks, sorted(made.later.values())) == ([], sorted(folders.values()))
    assert not any((tmp_path / "site" / script).exists() for script in made.later)
    on_demand = OnDemand(lock_folder=tmp_path)
    on_demand.offer(made.later)
    server = make_server(tmp_path / "site", 0, on_demand=on_demand)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/playground.html", folders
    server.shutdown()
    server.server_close()
    on_demand.close()


@only_long  # in a browser, too: test_on_demand.py asks the server itself
def test_generators_are_exported_when_they_are_asked_for(served, browser, generators):
    address, folders = served
    samples = folders["keras-tf"] / "samples.npy"
    expected = np.load(samples)
    np.save(samples, 255 - expected)  # so that the exported generator is found to draw something else
    page = browser.new_page()
    page.add_init_script("window.told = []; document.addEventListener('postponed', (each) => told.push(each.detail))")
    page.goto(address)
    page.click("#start")
    page.wait_for_function("document.body.dataset.busy === 'no'", timeout=240_000)
    assert "draws other images than keras-tf did" in page.inner_text("#status")
    assert any("being exported" in each for each in page.evaluate("told"))
    np.save(samples, expected)
    page.locator("[name=count]").select_option("16")  # asks again
    page.wait_for_function("document.body.dataset.busy === 'no'", timeout=240_000)
    for side, engine in zip(drawn(page), ENGINES.values(), strict=True):
        assert apart(side, np.load(generators / f"cdcgan-{engine}" / "samples.npy")[:16]) <= 1
        assert (folders[engine] / "generator.onnx").is_file()
