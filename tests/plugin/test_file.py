"""A plug-in that is one file, named on the command line: an engine of somebody else's trains and climbs the ladder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from tests.long import only_long

PLUGIN = Path(__file__).with_name("file_engine.py")
MATRIX = """
models = ["dcgan"]
engines = ["torch-counted"]
datasets = ["mnist-5k"]
device = "cpu"

[training]
epochs = 1
batch_size = 16
max_images = 64
image_size = 16
sample_count = 20

[overrides.dcgan]
network.width = 4
"""


@pytest.fixture
def ganbench(tmp_path: Path):
    environment = python_environment({"GANBENCH_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)})

    def call(*arguments: str) -> str:
        command = [sys.executable, "-m", "benchmarks.cli.main", *arguments, "--plugin", str(PLUGIN)]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


def test_its_engine_is_listed_and_trains(ganbench, tmp_path: Path) -> None:
    rows = {row["name"]: row for row in json.loads(ganbench("list", "engines", "--json"))}
    assert rows["torch-counted"]["from"] == str(PLUGIN)
    (tmp_path / "counted.toml").write_text(MATRIX)
    ganbench("run", "counted.toml", "--out", "run", "--threads", "1")
    (path,) = (tmp_path / "run").glob("cells/*/record.json")
    record = json.loads(path.read_text())
    assert record["status"] == "finished"
    assert record["training"]["hardware"]["notes"] == ["4 iterations"]
    assert list(record["environment"]["plugins"]) == [PLUGIN.name]


@only_long
def test_its_engine_climbs_the_ladder(ganbench) -> None:
    command = ("parity", "dcgan", "--engines", "torch-counted", "--no-mutations", "--json")
    rungs = json.loads(ganbench(*command))
    assert {rung["rung"] for rung in rungs} == set(range(1, 7))
    assert {rung["error"] for rung in rungs} == {0.0}
