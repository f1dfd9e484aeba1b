"""`run --shard`: two runs at once on one folder, as of two machines, make one whole run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.machine.python import python_environment
from benchmarks.results.run_folder import RunFolder

MATRIX = """
models = ["dcgan"]
engines = ["torch"]
datasets = ["mnist-5k"]
seeds = [0, 1]
device = "cpu"

[training]
epochs = 1
batch_size = 16
max_images = 32
sample_count = 12

[overrides.dcgan]
network.width = 4
"""


def start(base: Path, shard: str) -> subprocess.Popen[str]:
    temporary = base / f"machine-{shard[0]}"  # where its device lock lies
    temporary.mkdir()
    command = ["run", str(base / "tiny.toml"), "--out", str(base / "run"), "--shard", shard]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.cli.main", *command],
        env=python_environment({"TMPDIR": str(temporary)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_shards_on_one_folder_become_one_run_with_one_report(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(MATRIX)
    shards = [start(tmp_path, f"{number}/3") for number in (1, 2, 3)]
    printed = [shard.communicate(timeout=600)[0] for shard in shards]
    assert [shard.returncode for shard in shards] == [0, 0, 0], printed
    run = RunFolder(tmp_path / "run")
    assert sorted(record.cell.seed for record in run.records()) == [0, 1]
    assert len(run.cells()) == 2
    assert (run.path / "report.md").is_file()
    assert "other shards" in printed[2]  # it has nothing to do, and is done before the others
