"""The smoke matrix for real: models train, are sampled, scored and reported in both frameworks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.results.run_folder import RunFolder
from tests.long import FEW, LONG


@pytest.mark.parametrize(("engine", "models"), [("torch", FEW), ("keras-tf", FEW if LONG else ("cpggan",))])
def test_models_run_to_the_table(
    engine: str, models: tuple[str, ...], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chosen = ["--engines", engine, "--models", ",".join(models)]
    command = [sys.executable, "-m", "benchmarks.cli.main", "run", "smoke", *chosen, "--threads", "1"]
    cache = str(tmp_path_factory.getbasetemp() / "cache")
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "run")],
        # a temporary folder of its own: two engines that are not timed need not wait for each other's device
        env=python_environment({"GANBENCH_CACHE": cache, "TMPDIR": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    cells = RunFolder(tmp_path / "run").cells()
    assert [cell.model.name for cell in cells] == list(models)
    for cell in cells:
        folder = RunFolder(tmp_path / "run").of(cell)
        record = folder.record()
        assert record is not None
        assert record.status == "finished", record
        assert record.training is not None
        assert not folder.checkpoints.exists()
        assert all(np.isfinite(curve).all() for curve in record.training.losses.values())
        assert set(record.metrics) >= {"fid", "inception_score", "precision", "recall"}
        samples = np.load(folder.samples_file)
        assert samples.shape == (cell.training.sample_count, 16, 16, 1)
        # a few iterations of some models only turn grey into other greys, but noise must reach the pictures
        assert len({sample.tobytes() for sample in samples}) > 10
        assert cell.model.name in done.stdout
    assert {each.name for each in (tmp_path / "run" / "figures").iterdir()}
    assert (tmp_path / "run" / "report.md").stat().st_size > 1000
