"""Runs to build sites of, sites without the libraries that a network would have to bring, and a browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from benchmarks.site import build, javascript


@pytest.fixture
def run(tmp_path, make_record, save_run, cells):
    """Three seeds, Keras 1.5 times as slow; one training diverged, one cell is missing."""
    records = []
    for seed, jitter in enumerate([1.0, 1.01, 0.99]):
        scores = {"fid": 10.0 + seed, "inception_score": 5.0 + seed / 10}
        records.append(make_record("torch", seed, [2.0, 2.0], scores))
        records.append(make_record("keras-tf", seed, [3.0 * jitter, 3.0 * jitter], scores))
    records.append(make_record("keras-jax", 0, status="diverged", reason="The loss is nan.", diverged_in_epoch=2))
    missing = cells[0].model_copy(update={"seed": 7})
    save_run(tmp_path / "run", records, missing=(missing,))
    return tmp_path / "run"


@pytest.fixture
def bare(monkeypatch):
    """Nothing can be fetched, as without the extra or a network."""
    monkeypatch.setattr(build, "packages", lambda: (None, "Without npm tables do not sort."))


@pytest.fixture(scope="session")
def libraries(tmp_path_factory):
    """node_modules, fetched once for all tests; a machine without npm or network skips what needs them."""
    before = os.environ.get("GANBENCH_CACHE")
    os.environ["GANBENCH_CACHE"] = str(tmp_path_factory.getbasetemp() / "libraries")
    try:
        modules, lacks = javascript.packages()
    finally:
        os.environ.pop("GANBENCH_CACHE") if before is None else os.environ.update(GANBENCH_CACHE=before)
    if modules is None:
        pytest.skip(lacks)
    return modules


@pytest.fixture(scope="session")
def chromium():
    """A Chromium of this machine, driven by Playwright; started once, which takes as long as many a test."""
    api = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("GANBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None or not Path(path).exists():
        pytest.skip("no chromium here: apt-get install chromium, or name one in GANBENCH_CHROMIUM")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def browser(chromium):
    """The browser, in which nothing is left of what a test opened."""
    yield chromium
    for context in chromium.contexts:
        context.close()
