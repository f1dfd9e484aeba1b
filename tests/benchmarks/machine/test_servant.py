"""A child that stays: answers in order, its end as an answer, and nothing left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.machine.servant import Servant
from common.errors import BadInput

PROGRAM = """
import json, os, sys
for line in sys.stdin:
    order = json.loads(line)
    print("a greeting")
    if order.get("crash"):
        raise ValueError("no such thing")
    print(json.dumps({"event": "done", "twice": 2 * order["number"], "pid": os.getpid()}), flush=True)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_commands_are_answered_by_one_process(log: Path) -> None:
    servant = Servant([sys.executable, "-c", PROGRAM], log)
    answers = [servant.ask({"number": number}) or {} for number in (1, 2)]
    assert [answer["twice"] for answer in answers] == [2, 4]
    servant.stop()
    assert len({answer["pid"] for answer in answers}) == 1
    assert not psutil.pid_exists(answers[0]["pid"])


def test_crash_is_no_answer_and_its_last_lines_are_there(log: Path) -> None:
    log.write_text("something older\n")
    begin = log.stat().st_size
    servant = Servant([sys.executable, "-c", PROGRAM], log)
    assert servant.ask({"crash": True}) is None
    end = servant.end(log, begin)
    assert end.code == 1
    assert end.stderr_tail[0].startswith("Traceback")
    assert end.describe().endswith("ValueError: no such thing")
    assert servant.ask({"number": 1}) is None


def test_program_that_is_not_there_is_bad_input(log: Path) -> None:
    with pytest.raises(BadInput, match="Cannot run /no/such/program"):
        Servant(["/no/such/program"], log)
