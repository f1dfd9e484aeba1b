"""A matrix' own trainings for real: they climb, mistakes are noticed there, and a run proves them before it trains.

Keras is on torch here, where nothing is compiled; other engines climb in test_ladder.py and test_all_models.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.machine.python import python_environment
from benchmarks.parity.record import read_climbs
from benchmarks.results.run_folder import RunFolder
from tests.long import only_long

# colour, flips, an odd width and batch; two constants are those of a usual mistake
MATRIX = """
models = ["dcgan"]
engines = ["torch", "keras-torch"]
datasets = ["toy-shapes"]
seeds = [5]
device = "cpu"
[training]
image_size = 16
batch_size = 12
max_images = 48
epochs = 1
sample_count = 20
flip = true
[overrides.dcgan]
network.width = 6
network.leaky_slope = 0.3
optimizer.beta_1 = 0.9
"""


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(MATRIX)
    return path


def ganbench(folder: Path, cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.cli.main", *arguments],
        # a temporary folder of its own: it need not wait for another test's device
        env=python_environment({"GANBENCH_CACHE": str(cache), "TMPDIR": str(folder), "CUDA_VISIBLE_DEVICES": ""}),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "cache"


def test_a_matrix_climbs_and_notices_mistakes_at_its_own_specs(matrix: Path, cache: Path, tmp_path: Path) -> None:
    done = ganbench(tmp_path, cache, "parity", str(matrix), "--mutations", "--json")
    assert done.returncode == 0, done.stderr[-4000:]
    rows = json.loads(done.stdout)
    assert {(row["model"], row["engine"], row["precision"]) for row in rows} == {
        ("dcgan toy-shapes", "keras-torch", "fp64")
    }
    assert max(row["error"] for row in rows if row["rung"] < 7) > 0
    assert {row["name"].removeprefix("notices ") for row in rows if row["rung"] == 7} == {
        "batch-norm-epsilon", "batch-norm-momentum", "leaky-slope", "adam-beta", "epsilon-placement", "swapped-targets",
        "asymmetric-padding",
    }  # fmt: skip


def test_pixels_that_average_to_nothing_set_no_twins_apart(cache: Path, tmp_path: Path) -> None:
    """0 but for rounding, they would sit on the kink of a fading critic's LeakyReLU, were its bias 0."""
    pictures, draws = tmp_path / "grey", np.random.default_rng(0)
    pictures.mkdir()
    for number in range(24):
        three = draws.integers(90, 165, (3, 4, 4))  # of which any three leave the fourth 18 to 240
        corners = np.stack([*three, 510 - three.sum(axis=0)]).reshape(2, 2, 4, 4)
        pixels = corners.transpose(2, 0, 3, 1).reshape(8, 8)
        Image.fromarray(pixels.astype(np.uint8)).convert("RGB").save(pictures / f"{number}.png")
    path = tmp_path / "grey.toml"
    path.write_text(
        f"""
models = ["pggan"]
engines = ["torch", "keras-torch"]
datasets = ["folder:{pictures}"]
seeds = [0]
device = "cpu"
[training]
image_size = 8
batch_size = 12
epochs = 1
[overrides.pggan]
network.width = 4
"""
    )
    done = ganbench(tmp_path, cache, "parity", str(path), "--json")
    rows = json.loads(done.stdout)
    assert {row["phase"] for row in rows} == {"fading 8x8", "stable 8x8"}
    assert [row for row in rows if not row["passed"]] == []


@only_long  # with workers that are not real, test_runner.py does so, too
def test_a_run_proves_before_it_trains(matrix: Path, cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("run", str(matrix), "--prove", "--untimed", "--threads", "1", "--out", str(out))
    done = ganbench(tmp_path, cache, *command)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.index("Proving dcgan toy-shapes") < done.stdout.index("[1/2]")
    assert done.stdout.count("Proving") == 1
    records = RunFolder(out).records()
    assert len(records) == 2
    for record in records:
        assert record.status == "finished"
        assert record.proof is not None
        assert record.proof.held
        assert 0 < record.proof.error < 1e-10  # type: ignore[operator]
        assert record.proof.against == (("keras-torch eager",) if record.cell.engine == "torch" else ("torch eager",))
    assert len({record.proof.error for record in records if record.proof}) == 1
    assert [climb.passed for climb in read_climbs(RunFolder(out).proofs_file)] == [True]
    report = (out / "report.md").read_text()
    assert "twins equal to" in report
    assert f"{records[0].proof.error:.0e}" in report  # type: ignore[union-attr]
    assert "Proving" not in ganbench(tmp_path, cache, *command).stdout
