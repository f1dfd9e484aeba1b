"""A package that is not ours, installed beside ours: its model trains in both frameworks, is scored, and is proven."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from benchmarks.results.run_folder import RunFolder

HERE = Path(__file__).parent
MATRIX = """
models = ["tinygan"]
engines = ["torch", "keras-tf"]
datasets = ["stripes"]
device = "cpu"

[training]
epochs = 1
batch_size = 10
sample_count = 60

[overrides.tinygan]
network.hidden = 16
objective.gradient_penalty = 1.0
"""
Ganbench = Callable[..., str]


@pytest.fixture(scope="module")
def ganbench(tmp_path_factory: pytest.TempPathFactory) -> Ganbench:
    """Runs ganbench in an environment in which the package is installed."""
    base = tmp_path_factory.mktemp("plugin")
    target = base / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    copy = base / "source"  # a build leaves files beside the sources
    subprocess.run(["cp", "-r", str(HERE), str(copy)], check=True)
    subprocess.run([*pip, "--target", str(target), str(copy)], check=True, capture_output=True)
    environment = python_environment({"GANBENCH_CACHE": str(base / "cache"), "TMPDIR": str(base)})
    environment["PYTHONPATH"] += os.pathsep + str(target)

    def call(*arguments: str) -> str:
        command = [sys.executable, "-m", "benchmarks.cli.main", *arguments]
        done = subprocess.run(command, env=environment, cwd=base, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.mark.parametrize(("what", "name"), [("models", "tinygan"), ("datasets", "stripes"), ("metrics", "brightness")])
def test_what_it_adds_is_listed_with_its_name(ganbench: Ganbench, what: str, name: str) -> None:
    rows = {row["name"]: row for row in json.loads(ganbench("list", what, "--json"))}
    assert rows[name]["from"] == "tinygan"
    assert len({row["from"] for row in rows.values()}) == 2


def test_its_model_trains_on_its_data_in_both_frameworks_and_is_judged_by_its_metric(
    ganbench: Ganbench, tmp_path: Path
) -> None:
    matrix = tmp_path / "tiny.toml"
    matrix.write_text(MATRIX)
    ganbench("run", str(matrix), "--out", str(tmp_path / "run"), "--threads", "1")
    raw = [json.loads(path.read_text()) for path in sorted((tmp_path / "run").glob("cells/*/record.json"))]
    assert {record["cell"]["engine"] for record in raw} == {"torch", "keras-tf"}
    for record in raw:
        assert record["status"] == "finished", record["reason"]
        assert record["cell"]["model"]["network"] == {
            **record["cell"]["model"]["network"], "family": "tiny", "hidden": 16,
        }  # fmt: skip
        score = record["metrics"]["brightness"]
        assert score["protocol"]["levels"] == 256
        assert 0 <= score["value"] <= 255
        assert score["floor"] is not None
    assert "tinygan" in ganbench("status", str(tmp_path / "run"))
    (torch,) = [path for path in (tmp_path / "run" / "cells").iterdir() if "-torch-" in path.name]
    ganbench("sample", str(torch), "--count", "4", "--engine", "keras-tf", "--out", str(tmp_path / "four.npy"))
    assert (tmp_path / "four.npy").exists()


def test_its_ladder_holds_in_float64_and_a_mistake_in_it_is_noticed(ganbench: Ganbench) -> None:
    rungs = json.loads(ganbench("parity", "tinygan", "--engines", "keras-torch", "--json"))
    assert {rung["rung"] for rung in rungs} == set(range(1, 8))
    assert all(rung["passed"] for rung in rungs)
    assert max(rung["error"] for rung in rungs if rung["precision"] == "fp64" and rung["rung"] in (2, 3)) <= 1e-12
    noticed = {rung["name"] for rung in rungs if rung["rung"] == 7}
    assert {"notices leaky-slope", "notices adam-beta", "notices swapped-targets"} <= noticed


def test_without_it_its_run_is_refused_in_one_sentence(ganbench: Ganbench, tmp_path: Path) -> None:
    """A record of a model that is not there any more says what is missing."""
    matrix = tmp_path / "tiny.toml"
    matrix.write_text(MATRIX)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cli.main", "run", str(matrix), "--dry-run"],
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "Unknown model 'tinygan'" in done.stderr
    assert not RunFolder(tmp_path / "run").matrix_file.exists()
