"""A metric and a data set of somebody else's, in one file, go through `ganbench score` and through a cell's scorer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.results.cell_folder import CellFolder
from common.plugins import VARIABLE
from common.specs.cell import Cell

PLUGIN = '''
"""Blobs of light, and how bright they are."""

import numpy as np

from common.data.raw import ArraySplit
from common.metrics.metric import Measured, Metric
from common.specs.base import Spec
from common.specs.dataset_spec import DatasetSpec


class Window(Spec):
    pixels: int


def glow(generated, real, settings):
    difference = generated.images.mean() - real.images.mean()
    return {"glow": Measured(float(abs(difference)), Window(pixels=generated.images[0].size))}


def open_blobs(spec, split, place):
    images = np.random.default_rng(len(split)).integers(0, 256, (spec.splits[split], 32, 32), np.uint8)
    return ArraySplit(images, None, (), f"blobs {split}", "the plug-in")


METRICS = (Metric("glow", {"glow": "Glow"}, False, "nobody", glow, through_extractor=False),)
DATASETS = (
    DatasetSpec(
        name="blobs", title="blobs", image_size=32, channels=1, splits={"train": 60, "test": 40}, licence="none",
        how_to_get="nothing to do", readers=("blob_plugin:open_blobs",), needs_files=False, extractor="mnistnet",
        metrics=("fid", "glow"),
    ),
)
'''
MATRIX = """
models = ["dcgan"]
engines = ["torch"]
datasets = ["blobs"]
training = { epochs = 1, batch_size = 16, sample_count = 40 }
device = "cpu"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "plugins" / "blob_plugin.py"
    file.parent.mkdir()
    file.write_text(PLUGIN)
    return python_environment({VARIABLE: str(file), "GANBENCH_CACHE": str(tmp_path / "cache")})


def call(
    environment: dict[str, str], *arguments: str, module: str = "benchmarks.cli.main", given: str | None = None
) -> str:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    np.save(tmp_path / "samples.npy", np.full((40, 32, 32, 1), 255, np.uint8))
    return tmp_path / "samples.npy"


def test_score_computes_a_plugged_metric_against_a_plugged_data_set(environment: dict, samples: Path) -> None:
    listed = call(environment, "data", "list", "--json")
    assert {row["name"]: row["present"] for row in json.loads(listed)}["blobs"] == "built in"
    for chosen in (["--metrics", "glow"], []):
        scores = json.loads(call(environment, "score", str(samples), "--against", "blobs", "--json", *chosen))
        assert set(scores) == ({"glow"} if chosen else {"fid", "glow"})
        assert scores["glow"]["display_name"] == "Glow"
        assert scores["glow"]["protocol"]["pixels"] == 1024
        assert scores["glow"]["value"] > 100 > scores["glow"]["floor"]
    against_ours = ["--against", "mnist-5k", "--metrics", "glow,fid", "--json"]
    assert set(json.loads(call(environment, "score", str(samples), *against_ours))) == {"fid", "glow"}


def test_a_run_scores_with_it(environment: dict, samples: Path, tmp_path: Path) -> None:
    file = tmp_path / "blobs.toml"
    file.write_text(MATRIX)
    run = ["run", str(file), "--dry-run", "--json", "--set", "judge.metrics=glow"]
    (row,) = json.loads(call(environment, *run))
    assert (row["dataset"], row["data"], row["images"]) == ("blobs", "built in", 48)
    program = (
        "from benchmarks.matrix.expand import expand; from benchmarks.matrix.file import load_matrix\n"
        "print(expand(load_matrix({!r}))[0].model_dump_json())"
    )
    text = subprocess.run(
        [sys.executable, "-c", program.format(str(file))], env=environment, capture_output=True, text=True, check=True
    )
    folder = CellFolder(tmp_path / "cell")
    folder.create(Cell.model_validate_json(text.stdout))
    os.link(samples, folder.samples_file)
    call(environment, module="benchmarks.scoring.process", given=json.dumps({"score": str(folder.path)}))
    scores = folder.scores()  # readable where the plug-in is not installed
    assert scores is not None
    assert set(scores.metrics) == {"fid", "glow"}
    assert scores.metrics["glow"].protocol["pixels"] == 1024
    assert scores.metrics["glow"].floor is not None
