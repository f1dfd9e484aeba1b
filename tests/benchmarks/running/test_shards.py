"""`run --shard`: two runs at once on one folder, as of two machines, make one whole run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.results.run_folder import RunFolder
from tests.benchmarks.tiny_runs import start_run, tiny_matrix

MATRIX = tiny_matrix(engines=("torch",), epochs=1, images=32)


def start(base: Path, shard: str) -> subprocess.Popen[str]:
    temporary = base / f"machine-{shard[0]}"  # where its device lock lies
    temporary.mkdir()
    return start_run(base, MATRIX, "run", "--shard", shard, variables={"TMPDIR": str(temporary)})


def test_shards_on_one_folder_become_one_run_with_one_report(tmp_path: Path) -> None:
    shards = [start(tmp_path, f"{number}/3") for number in (1, 2, 3)]
    printed = [shard.communicate(timeout=600)[0] for shard in shards]
    assert [shard.returncode for shard in shards] == [0, 0, 0], printed
    run = RunFolder(tmp_path / "run")
    assert sorted(record.cell.seed for record in run.records()) == [0, 1]
    assert len(run.cells()) == 2
    assert (run.path / "report.md").is_file()
    assert "other shards" in printed[2]  # it has nothing to do, and is done before the others
