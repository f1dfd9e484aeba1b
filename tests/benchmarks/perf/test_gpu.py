"""The visit to a lent machine: what is planned, what a cut leaves, and that torch and JAX are enough."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from benchmarks.parity.record import read_climbs
from benchmarks.perf.gpu.plan import CONTENDERS, FIRST, REST, SMALL, Plan, present
from benchmarks.racing.record import load_race
from common.specs.models import MODELS
from tests.long import only_long

BLOCKED = Path(__file__).with_name("blocked")
TINY = (
    "import sys, pathlib\n"
    "from benchmarks.perf.gpu import __main__ as gpu, plan as plans\n"
    "from benchmarks.perf.gpu.plan import SMALL\n"
    "from dataclasses import replace\n"
    "plans.CONTENDERS = ('torch', 'keras-jax', 'keras-torch')\n"  # torch's compiler takes a minute
    "plan = replace(SMALL, first=('dcgan',), rest=('lsgan',), precisions=('fp32',), batch=4, width=4, incarnations=1)\n"
    "sys.exit(gpu.visit(plan, pathlib.Path(sys.argv[1]), 'cpu', float(sys.argv[2]), 1))\n"
)


def start(out: Path, minutes: float) -> subprocess.Popen[str]:
    environment = python_environment({"OMP_NUM_THREADS": "1"})
    environment["PYTHONPATH"] = f"{BLOCKED}:{environment['PYTHONPATH']}"
    command = [sys.executable, "-c", TINY, str(out), str(minutes)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_every_model_has_its_turn_and_the_most_valuable_come_first() -> None:
    assert {*FIRST, *REST} <= set(MODELS)
    assert not set(FIRST) & set(REST)
    cells = Plan().cells("dcgan", ["torch", "keras-jax", "keras-torch"], Plan().precisions, "cpu")
    assert len({cell.contender for cell in cells}) == len(cells) == 4 * 3
    assert {cell.training.image_size for cell in cells} == {64}
    assert {cell.engine for cell in cells} == {"torch", "keras-jax", "keras-torch"}


def test_engines_that_do_not_start_take_no_part() -> None:
    states = {"engine torch": "ok", "engine keras-tf": "missing", "engine keras-jax": "broken", "python": "ok"}
    assert present(states) == ["torch"]
    assert {name.partition(":")[0] for name in CONTENDERS} == {"torch", "keras-tf", "keras-jax", "keras-torch"}


def test_small_plan_goes_through_the_same_steps() -> None:
    assert SMALL.first
    assert SMALL.rest
    assert SMALL.rules(2).incarnations == 2


@only_long  # proofs and races, which are tested by themselves
def test_torch_and_jax_are_enough_and_everything_is_kept(tmp_path: Path) -> None:
    child = start(tmp_path / "out", 20.0)
    _, said = child.communicate(timeout=1200)
    assert child.returncode == 0, said[-4000:]
    out = tmp_path / "out"
    states = {row["check"]: row["state"] for row in json.loads((out / "doctor.json").read_text())}
    assert states["engine keras-tf"] == "missing"
    climbs = read_climbs(out / "parity.json")
    assert {climb.engine for climb in climbs} == {"keras-jax", "keras-torch"}
    assert all(climb.passed for climb in climbs)
    races = [load_race(path) for path in sorted((out / "races").glob("*.json"))]
    assert {race.entries[0].cell.model.name for race in races if race} == {"dcgan", "lsgan"}
    for race in races:
        assert race is not None
        assert race.failures == []
        assert {entry.cell.engine for entry in race.entries} == {"torch", "keras-jax", "keras-torch"}
        assert {window.contender for window in race.windows} == {entry.name for entry in race.entries}
        assert not any(begin.alone for begin in race.starts)
    page = (out / "report.md").read_text()
    assert "## dcgan" in page
    assert "| keras-jax compiled " in page
    assert sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) < 16 * 2**20


@pytest.mark.parametrize("minutes", [20.0, 0.17], ids=["told to end", "its time is over"])
def test_a_cut_ends_everything_and_keeps_what_was_measured(tmp_path: Path, minutes: float) -> None:
    out = tmp_path / "out"
    child = start(out, minutes)
    deadline = time.monotonic() + 600
    if minutes > 1:
        while not (out / "report.md").exists() and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=300)
    assert child.returncode == 0, said[-4000:]
    assert "the time is over" in said
    # a slow machine may be cut before its doctor is done
    assert ("## The doctor" in (out / "report.md").read_text()) == (minutes > 1 or (out / "doctor.json").exists())
