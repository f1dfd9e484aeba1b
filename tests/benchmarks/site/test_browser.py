"""The pages in a browser, from the folder and from a server: nothing fails, nothing is asked of another host, tables
sort and filter, axe finds no serious violation, in both themes, on a desk and on a phone."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from benchmarks.site import build
from benchmarks.site.build import build_site
from benchmarks.site.serve import make_server
from tests.long import LONG, only_long


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("browsed")


@pytest.fixture
def site(request, folder, libraries, monkeypatch):
    """Where the site is, which these tests only read; the first of them builds it."""
    if not (folder / "site").exists():
        monkeypatch.setattr(build, "packages", lambda: (libraries, ""))
        build_site([request.getfixturevalue("run")], folder / "site")
    return folder / "site"


@contextmanager
def address(site, way):
    """Where the site is, by way of "file" or "http"."""
    if way == "file":
        yield site.as_uri()
        return
    server = make_server(site, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def watched(browser, base, **more):
    """A page that notes every error and every request that leaves `base`."""
    page = browser.new_page(**more)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))

    def failed(request):
        if request.failure != "net::ERR_ABORTED":  # a picture that was on its way when the next page was opened
            faults.append(f"{request.failure}: {request.url}")

    page.on("requestfailed", failed)

    def check(request):
        if not request.url.startswith((base, "data:", "blob:")):
            faults.append(f"elsewhere: {request.url}")

    page.on("request", check)
    return page, faults


@pytest.mark.parametrize("way", ["file", "http"])
def test_every_page_opens_without_an_error_and_asks_nobody_else(site, browser, way):
    with address(site, way) as base:
        page, faults = watched(browser, base)
        for path in sorted(site.rglob("*.html")):
            page.goto(f"{base}/{path.relative_to(site).as_posix()}")
            assert page.title()
        assert faults == []


def one_of_each(pages):
    """All pages but those of documents, of which the longest stands for the others: they have one template."""
    documents = [path for path in pages if path.parent.name == "documents"]
    longest = max(documents, key=lambda path: path.stat().st_size)
    return [path for path in pages if path not in documents or path == longest]


@pytest.mark.parametrize(("width", "theme"), [pytest.param(1280, "light", marks=only_long), (390, "dark")])
def test_axe_finds_nothing_serious_and_no_page_is_wider_than_the_screen(site, browser, libraries, width, theme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    pages = sorted(site.rglob("*.html"))
    for path in pages if LONG else one_of_each(pages):
        page.goto(path.as_uri())
        page.add_script_tag(path=libraries / "axe-core" / "axe.min.js")
        found = page.evaluate("axe.run()")["violations"]
        serious = {
            each["id"]: [node["html"] for node in each["nodes"]][:3]
            for each in found
            if each["impact"] in ("serious", "critical")
        }
        assert serious == {}, path.name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name


def column(page, number):
    return page.locator(f"#quantities tbody tr td:nth-child({number})").all_inner_texts()


def test_tables_sort_by_number_filter_by_words_and_keep_it_in_the_address(site, browser):
    page = browser.new_page()
    page.goto((site / "verdicts" / "torch_eager.html").as_uri())
    assert page.locator("#quantities").is_hidden()
    page.get_by_text("Every quantity against torch eager (").click()
    page.locator("#quantities th button", has_text="ratio or difference").click()
    values = [float(text.removeprefix("x ")) for text in column(page, 6)]
    assert values == sorted(values)
    assert len(values) > 2
    page.locator("input[aria-controls=quantities]").fill("slower dcgan")
    page.wait_for_function("document.querySelectorAll('#quantities tbody tr').length < 3")
    assert column(page, 5) == ["slower"]
    shared = page.url
    other = browser.new_page()
    other.goto(shared)
    assert column(other, 5) == ["slower"]
    assert other.locator("input[aria-controls=quantities]").input_value() == "slower dcgan"


def test_another_reference_is_picked_by_a_link_and_the_filter_goes_along(site, browser):
    page = browser.new_page()
    page.goto((site / "verdicts" / "torch_eager.html").as_uri())
    page.get_by_text("Every quantity against torch eager (").click()
    page.locator("input[aria-controls=quantities]").fill("time")
    assert column(page, 5) == ["slower"]
    colour = "getComputedStyle(document.querySelector('#quantities td.tone')).backgroundColor"
    slower = page.evaluate(colour)
    page.locator(".picker a", has_text="keras-tf graph").click()
    assert page.locator("h1").inner_text() == "Against keras-tf graph"
    assert column(page, 5) == ["faster"]
    assert len({slower, page.evaluate(colour), "rgba(0, 0, 0, 0)"}) == 3
    page.locator("input[aria-controls=quantities]").fill("not decided")
    assert page.evaluate(colour) == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("theme", [pytest.param("light", marks=only_long), "dark"])
def test_printed_pages_are_light_and_nothing_is_cut_off(site, browser, theme):
    page = browser.new_page(viewport={"width": 718, "height": 1000}, color_scheme=theme)  # A4 within its margins
    page.emulate_media(media="print")
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", path.name
        assert page.locator("header").is_hidden()
        assert page.locator("input, select, canvas").evaluate_all("all => all.every((each) => !each.checkVisibility())")
        assert page.evaluate("document.documentElement.scrollWidth") <= 718, path.name
        assert page.evaluate("Math.max(0, ...Array.from(document.querySelectorAll('.wide, pre'), "
                             "(each) => each.scrollWidth - each.clientWidth))") <= 1, path.name  # fmt: skip


def test_the_theme_is_the_systems_or_the_readers_own(site, browser):
    page = browser.new_page(color_scheme="dark")
    page.goto((site / "index.html").as_uri())
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(paper) == "rgb(255, 255, 255)" != dark
    page.goto((site / "speed.html").as_uri())
    assert page.evaluate(paper) == "rgb(255, 255, 255)"


def test_without_javascript_everything_can_be_read(site, browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "index.html").as_uri())
    assert "slower on dcgan" in page.inner_text("main")
    assert "1.5 [1.46, 1.54]" in page.inner_text("#verdicts")
    assert page.get_by_role("img", name="Forest plot").is_visible()
    page.locator(".picker a", has_text="keras-tf graph").click()
    assert "faster on dcgan" in page.inner_text("main")
    page.get_by_text("Every quantity against keras-tf graph (").click()
    assert page.locator("#quantities tbody tr").count() > 2


def test_the_keyboard_reaches_the_content_first(site, browser):
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_curves_show_their_values_where_one_points(site, browser):
    page = browser.new_page()
    page.goto((site / "models" / "dcgan.html").as_uri())
    first = page.locator("figure .curves").first
    assert first.locator("canvas").count() == 2  # one for each loss
    assert page.locator("figure.plot svg").first.is_hidden()
    assert '"lines"' not in page.inner_text("main")  # the data are not shown as text
    legend = first.locator(".u-legend").first.inner_text()
    assert legend.index("torch eager") < legend.index("keras-tf graph")
    first.locator(".u-over").first.hover(position={"x": 100, "y": 60})
    assert "0.7" in first.locator(".u-legend").first.inner_text()


def test_curves_have_the_pages_paper_and_the_figures_colours(site, browser):
    page = browser.new_page(color_scheme="dark")
    page.goto((site / "models" / "dcgan.html").as_uri())
    canvas = page.locator("figure .curves canvas").first
    assert canvas.evaluate("each => getComputedStyle(each).backgroundColor") == "rgba(0, 0, 0, 0)"
    markers = page.locator(".curves").first.locator(".u-marker")
    borders = markers.evaluate_all("all => all.map((each) => each.style.border)")
    torch, jax = [border for border in borders if border][:2]
    assert "rgb(213, 94, 0)" in torch
    assert "rgb(0, 158, 115)" in jax
