"""Whole races: real processes over pipes with fake engines, killed and interrupted; and one of both frameworks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.racing.entries import groups
from benchmarks.racing.race import race
from benchmarks.racing.record import Entry, RaceRecord, Rules, check_continues, load_race
from benchmarks.racing.rows import race_rows
from benchmarks.results.run_folder import RACE_RECORD
from common.errors import BadInput

HERE = Path(__file__).parent
PROGRAM = (
    "import os, sys; sys.path.insert(0, {here!r}); os.environ['FAKE_MOOD'] = {mood!r}\n"
    "from common.specs.engines import ENGINES\n"
    "fake = {{'engine': 'fake_engine:FakeEngine', 'variables': {{}}}}\n"
    "ENGINES._own = {{name: spec.model_copy(update=fake) for name, spec in ENGINES.items()}}\n"
    "from benchmarks.racing import contender\n"
    "sys.exit(contender.main())\n"
)
RULES = Rules(window_seconds=0.1, rounds=2, incarnations=3, precision=0.9)
PARENT = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_race import RULES, command, entries
from benchmarks.racing.race import race
folder = Path({folder!r})
rules = RULES.model_copy(update={{"precision": 1e-9, "minutes": 60.0}})
race("fake", entries("torch", "keras-tf"), rules, folder, command({{}}), print, lock_folder=folder / "locks")
"""


def entries(*engines: str) -> list[Entry]:
    text = (
        'models = ["dcgan"]\ndatasets = ["toy-shapes"]\ndevice = "cpu"\n[training]\nmax_images = 64\nbatch_size = 16\n'
    )
    cells = expand(parse_matrix(f"engines = {json.dumps(engines)}\n{text}"))
    return next(iter(groups(cells).values()))


def command(moods: dict[str, str]) -> Any:
    def argv(entry: Entry) -> list[str]:
        program = PROGRAM.format(here=str(HERE), mood=moods.get(entry.cell.engine, ""))
        return [sys.executable, "-c", program, "--launched-at", str(time.monotonic())]

    return argv


def held(folder: Path, moods: dict[str, str], *engines: str, rules: Rules = RULES) -> RaceRecord:
    (folder / "locks").mkdir(parents=True, exist_ok=True)
    return race(
        "fake", entries(*engines), rules, folder, command(moods), lambda text: None, lock_folder=folder / "locks"
    )


def test_processes_race_over_pipes_and_one_that_crashes_stops_no_other(tmp_path: Path) -> None:
    record = held(tmp_path, {"keras-jax": "crash 30"}, "torch", "keras-tf", "keras-jax")
    assert (record.state, record.incarnations) == ("precise", 3)
    assert load_race(tmp_path / RACE_RECORD) == record
    assert (tmp_path / RACE_RECORD).read_text().count("\n") == 1
    rows = {row["contender"]: row for row in race_rows(record)}
    assert rows["keras-tf graph"]["ratio"] == pytest.approx(1.5, rel=0.15)
    assert rows["keras-jax compiled"]["verdict"] == (
        "out: The process ended with exit code 1. RuntimeError: out of luck"
    )
    assert [(failure.contender, failure.incarnation) for failure in record.failures] == [("keras-jax compiled", 1)]
    whole = [window for window in record.windows if window.contender != "keras-jax compiled"]
    assert len(whole) == 3 * 2 * (1 + 2 * 2)
    for window in whole:
        assert window.seconds >= window.iterations * 0.004
        assert window.cpu_seconds < window.seconds
        assert sum(split.iterations for split in window.splits) == window.iterations
        assert sum(split.seconds for split in window.splits) == pytest.approx(window.seconds)
    # the contenders that rest are blocked: over all windows together they use next to no CPU time
    idle = sum(sum(window.idle_cpu_seconds.values()) for window in whole)
    assert idle < 0.05 * sum(window.seconds for window in whole) + 0.1
    starts = [start for start in record.starts if start.contender == "torch eager"]
    assert [start.incarnation for start in starts] == [1, 2, 3]
    for start in starts:
        assert 0.05 < start.startup_seconds < 120
        assert 0.004 <= start.compile_seconds < 1
        assert start.peak_process_bytes > 2**20
    assert "a greeting from the framework" in (tmp_path / "torch_eager.log").read_text()


def test_reasons_are_sentences(tmp_path: Path) -> None:
    record = held(tmp_path, {"torch": "refuse", "keras-tf": "crash 1"}, "torch", "keras-tf")
    assert record.state == "nobody left"
    reasons = {failure.contender: failure.reason for failure in record.failures}
    assert reasons["torch eager"] == "This engine wants a better machine."
    assert reasons["keras-tf graph"] == "The process ended with exit code 1. RuntimeError: out of luck"


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_race_that_is_killed_leaves_nobody_behind_and_goes_on(tmp_path: Path, sign: signal.Signals) -> None:
    (tmp_path / "locks").mkdir()
    program = PARENT.format(here=str(HERE), folder=str(tmp_path))
    parent = subprocess.Popen(
        [sys.executable, "-c", program], env=python_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait(
            lambda: (tmp_path / RACE_RECORD).exists() and len(psutil.Process(parent.pid).children(recursive=True)) == 2
        )
        children = psutil.Process(parent.pid).children(recursive=True)
        os.kill(parent.pid, sign)
        parent.wait(30)
        _wait(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
    finally:
        parent.kill()
        parent.wait()
    before = load_race(tmp_path / RACE_RECORD)
    assert before is not None
    assert before.incarnations >= 1
    record = held(tmp_path, {}, "torch", "keras-tf")
    assert record.incarnations >= max(3, before.incarnations)
    assert record.windows[: len(before.windows)] == before.windows
    assert record.state == "precise"


def _wait(condition: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_contender_that_hangs_is_given_up(tmp_path: Path) -> None:
    from benchmarks.racing.process import ContenderProcess
    from benchmarks.racing.racer import RacerLostError

    program = "import sys, time\nfor line in sys.stdin: time.sleep(600)"
    racer = ContenderProcess(
        entries("torch")[0], lambda: [sys.executable, "-c", program], {}, tmp_path / "log", patience=(0.5, 0.5)
    )
    try:
        racer.launch()
        with pytest.raises(RacerLostError, match="did not answer within"):
            racer.ready(1)
    finally:
        started = time.monotonic()
        racer.stop()
    assert time.monotonic() - started < 30
    assert racer.cpu_seconds() == 0.0


def test_another_race_is_not_mixed_in(tmp_path: Path) -> None:
    record = held(tmp_path, {"torch": "refuse"}, "torch")
    changed = {
        "contenders": {"entries": entries("keras-tf")},
        "rules": {"rules": RULES.model_copy(update={"window_seconds": 3.0})},
        "machine": {"host": record.host.model_copy(update={"cores": 99})},
        "software": {"environment": record.environment.model_copy(update={"versions": {"torch": "0.1"}})},
    }
    for what, update in changed.items():
        with pytest.raises(BadInput, match=f"holds a race with other {what}"):
            check_continues(record.model_copy(update=update), record, tmp_path / RACE_RECORD)
    more = record.model_copy(update={"rules": RULES.model_copy(update={"precision": 0.001, "minutes": 99.0})})
    check_continues(more, record, tmp_path / RACE_RECORD)
    two = record.model_copy(update={"entries": entries("torch", "keras-tf")})
    check_continues(two.model_copy(update={"entries": two.entries[::-1]}), two, tmp_path / RACE_RECORD)
    (tmp_path / RACE_RECORD).write_text("{}")
    with pytest.raises(BadInput, match="not the record of a race"):
        load_race(tmp_path / RACE_RECORD)


def test_tiny_race_of_both_frameworks_leaves_a_complete_record(tmp_path: Path) -> None:
    """No speed is checked, the machine may be busy; only that everything is there."""
    (tmp_path / "tiny.toml").write_text(
        'models = ["dcgan"]\nengines = ["torch", "keras-tf"]\ndatasets = ["mnist-5k"]\ndevice = "cpu"\n'
        "[training]\nbatch_size = 4\nmax_images = 16\n[overrides.dcgan]\nnetwork.width = 4\n"
    )
    program = (
        "import sys\nfrom pathlib import Path\nfrom benchmarks.cli.race import RaceOptions, run_race\n"
        "options = RaceOptions(matrix=sys.argv[1], out=Path(sys.argv[2]), window=0.05, rounds=1, incarnations=1,\n"
        "                      minutes=0.001, as_json=True)\n"
        "sys.exit(run_race(options))\n"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "tiny.toml"), str(tmp_path / "run")]
    done = subprocess.run(
        argv,
        env=python_environment({"TMPDIR": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["contender"] for row in rows] == ["torch eager", "keras-tf graph"]
    for row in rows:
        assert row["incarnations"] == 1
        assert row["windows"] == 2
        for number in ("iterations_per_second", "images_per_second", "compile_seconds", "startup_seconds", "ratio"):
            assert row[number] > 0
        assert row["peak_memory_mb"] > 50
    assert rows[1]["verdict"] == "1 incarnation, no verdict"
    record = load_race(next((tmp_path / "run" / "races").glob("*/race.json")))
    assert record is not None
    assert record.state == "out of time"
    assert {start.used for start in record.starts if "torch" in start.contender} == {"cpu"}
    assert all(window.foreign_seconds is not None for window in record.windows)
