"""Whatever happens to a run: every cell has a status, nothing finished is lost, and no process is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.machine.child import TIMED_OUT, ChildEnd
from benchmarks.machine.python import python_environment
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.attempts import Policy
from benchmarks.running.scorer import Scorer
from common.specs.cell import Cell
from tests.benchmarks.running.fake_runs import Log, commands, run

HERE = Path(__file__).parent

PARENT = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
import fake_runs
from common.specs.cell import Cell
cell = Cell.model_validate_json(sys.argv[2])
fake_runs.run([cell], Path(sys.argv[3]) / 'run', fake_runs.commands(sys.argv[4]))
"""


def record_of(cell: Cell, out: Path) -> Record:
    record = RunFolder(out).of(cell).record()
    assert record is not None
    return record


def gone(pids: list[int], seconds: float = 15.0) -> bool:
    """Whether the processes end within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if all(not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in pids):
            return True
        time.sleep(0.05)
    return False


def parent_of(cell: Cell, base: Path, behaviour: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A process that runs `cell`, whose worker hangs; and the numbers of the worker and of a process it started."""
    arguments = [str(HERE), cell.model_dump_json(), str(base), behaviour]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments], env=python_environment(), stderr=subprocess.PIPE
    )
    pids_file = RunFolder(base / "run").of(cell).path / "pids"
    deadline = time.monotonic() + 60
    while not (pids_file.exists() and len(pids_file.read_text().split()) == 2):
        assert time.monotonic() < deadline
        assert parent.poll() is None, parent.stderr.read().decode() if parent.stderr else ""
        time.sleep(0.05)
    return parent, [int(pid) for pid in pids_file.read_text().split()]


def test_a_cell_that_takes_too_long_says_so_and_a_later_run_goes_on(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    outcome = run(cells[:1], out, commands("hang"), policy=Policy(seconds=5, retries=3))[0]
    assert outcome.record.status == "timed out"
    assert str(outcome.record.reason).startswith("Not trained within 5 s: the same command goes on")
    folder = RunFolder(out).of(cells[0])
    assert folder.events_file.read_text().count("started") == 1
    assert gone([int(pid) for pid in (folder.path / "pids").read_text().split()])
    assert run(cells[:1], out, commands())[0].record.status == "finished"


def test_scoring_that_takes_too_long_is_a_failed_scoring(cells: list[Cell], tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run").of(cells[0])
    folder.create(cells[0])
    with Scorer(commands(scorer="slow").scorer, seconds=0.2) as scorer:
        ends = [scorer.score(folder) for _ in range(2)]
    for end in ends:
        assert isinstance(end, ChildEnd)
        assert end.code == TIMED_OUT
        assert "did not end in time" in end.describe()


def test_crashed_workers_are_followed_by_others_and_the_record_tells(cells: list[Cell], tmp_path: Path) -> None:
    out, log = tmp_path / "run", Log()
    outcome = run(cells[:1], out, commands("crash twice"), log, policy=Policy(retries=2))[0]
    assert outcome.good
    assert log.events[1].count("started") == 3
    assert log.events[1].count("crashed") == 2
    crashes = record_of(cells[0], out).crashes
    assert len(crashes) == 2
    assert all("exit code 1" in crash and crash.endswith("the network exploded") for crash in crashes)


def test_there_is_an_end_to_retries(cells: list[Cell], tmp_path: Path) -> None:
    out, log = tmp_path / "run", Log()
    outcomes = run(cells, out, commands("crash"), log, policy=Policy(retries=2))
    assert [outcome.record.status for outcome in outcomes] == ["failed", "failed"]
    assert [log.events[number].count("started") for number in (1, 2)] == [3, 3]
    assert len(record_of(cells[0], out).crashes) == 2


@pytest.mark.parametrize(
    ("behaviour", "status", "words"),
    [
        ("bad-input", "failed", "The data folder is empty."),
        ("diverge", "diverged", "the generator loss became nan"),
        ("starve", "out of memory", "Memory ran out: MemoryError: 7 GB for a kernel"),
        ("lie", "failed", "left no valid result.json"),
    ],
)
def test_what_would_end_the_same_way_is_not_tried_again(
    cells: list[Cell], tmp_path: Path, behaviour: str, status: str, words: str
) -> None:
    out, log = tmp_path / "run", Log()
    run(cells[:1], out, commands(behaviour), log, policy=Policy(retries=2))
    record = record_of(cells[0], out)
    assert (record.status, record.crashes) == (status, [])
    assert words in str(record.reason)
    assert log.events[1].count("started") == 1
    later = run(cells[:1], out, commands())[0]
    assert later.skipped == (status == "diverged")


@pytest.mark.parametrize(
    ("counts", "status"), [([3, 4], "out of memory"), ([3, 3], "failed"), ([None, None], "failed")]
)
def test_a_worker_that_the_system_killed_for_memory_is_told_from_one_that_was_killed(
    cells: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts: list[int | None], status: str
) -> None:
    monkeypatch.setattr("benchmarks.running.attempts.oom_kills", iter(counts).__next__)
    record = run(cells[:1], tmp_path / "run", commands("killed"))[0].record
    assert record.status == status
    assert "SIGKILL" in str(record.reason)


@pytest.mark.parametrize("times", [1, 2])
def test_interrupt_ends_the_worker_and_all_it_started(cells: list[Cell], tmp_path: Path, times: int) -> None:
    """A worker that takes no hint, and a user who presses Ctrl-C again."""
    parent, pids = parent_of(cells[0], tmp_path, "stubborn" if times == 2 else "hang")
    folder = RunFolder(tmp_path / "run").of(cells[0])
    assert folder.is_busy()
    for _ in range(times):
        parent.send_signal(signal.SIGINT)
        time.sleep(0.3)
    parent.wait(timeout=30)
    assert parent.returncode != 0
    assert gone(pids, seconds=1.0)
    assert not folder.is_busy()
    assert not folder.record_file.exists()
    assert run(cells[:1], tmp_path / "run", commands())[0].good


def test_a_worker_whose_parent_is_killed_ends_by_itself_with_all_it_started(cells: list[Cell], tmp_path: Path) -> None:
    parent, pids = parent_of(cells[0], tmp_path, "stubborn")
    parent.kill()
    parent.wait()
    assert gone(pids)
    folder = RunFolder(tmp_path / "run").of(cells[0])
    assert "is gone: stopping" in folder.stderr_file.read_text()
    assert run(cells[:1], tmp_path / "run", commands())[0].good


@pytest.mark.parametrize(
    ("behaviour", "keep", "there"),
    [("well", False, False), ("well", True, True), ("crash", False, True), ("diverge", False, True)],
)
def test_checkpoints_go_once_a_cell_is_finished_unless_they_are_wanted(
    cells: list[Cell], tmp_path: Path, behaviour: str, keep: bool, there: bool
) -> None:
    folder = RunFolder(tmp_path / "run").of(cells[0])
    folder.checkpoints.mkdir(parents=True)
    (folder.checkpoints / "epoch_0001.safetensors").touch()
    folder.samples_file.touch()
    run(cells[:1], tmp_path / "run", commands(behaviour), policy=Policy(keep_checkpoints=keep))
    assert folder.checkpoints.exists() is there
    assert folder.samples_file.exists()
