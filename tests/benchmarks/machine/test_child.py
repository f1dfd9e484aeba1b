"""Child processes: what they inherit, and how their end is put into words."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from benchmarks.machine.child import ChildEnd, run_child
from benchmarks.machine.python import python_command, python_environment
from common.errors import BadInput, GanbenchError


def test_child_cannot_be_misled_by_files_in_the_current_folder(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text("raise SystemExit('the wrong benchmarks')")
    monkeypatch.chdir(tmp_path)
    program = "import json, benchmarks.results.records; print(json.dumps({'event': 'fine'}))"
    argv = [sys.executable, "-c", program]
    end = run_child(argv, events_file=tmp_path / "events", stderr_file=tmp_path / "stderr")
    assert (end.code, end.last_event) == (0, {"event": "fine"})


def test_variables_reach_the_child() -> None:
    program = "import json, os; print(json.dumps({'event': os.environ['SHOWN']}))"
    argv = [sys.executable, "-c", program]
    seen: list[str] = []
    run_child(argv, on_event=lambda event: seen.append(event["event"]), variables={"SHOWN": "yes"})
    assert seen == ["yes"]


def test_events_are_logged_as_they_came(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", 'print(\'{"event": "a", "x": NaN}\'); print(\'{"event": "b"}\')']
    run_child(argv, events_file=tmp_path / "events", stderr_file=tmp_path / "stderr")
    lines = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["a", "b"]


def test_only_the_last_lines_of_stderr_are_told(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import sys\nfor i in range(5000): print('line', i, file=sys.stderr)\nsys.exit(7)"]
    end = run_child(argv, events_file=tmp_path / "events", stderr_file=tmp_path / "stderr")
    assert end.code == 7
    assert end.stderr_tail[-1] == "line 4999"
    assert len(end.stderr_tail) == 12
    assert (tmp_path / "stderr").read_text().startswith("line 0\n")


def test_ends_are_described_in_words() -> None:
    assert ChildEnd(5).describe() == "The process ended with exit code 5. It wrote nothing to stderr."
    assert "signal SIGKILL" in ChildEnd(-9).describe()
    assert "signal 63" in ChildEnd(-63).describe()
    assert ChildEnd(2, {"event": "failed", "reason": "No data."}).describe() == "No data."
    assert ChildEnd(1, stderr_tail=("a", "b")).describe().endswith("Last lines of its stderr:\na\nb")


def test_environment_keeps_the_users_own_python_path(monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    parts = python_environment()["PYTHONPATH"].split(os.pathsep)
    assert parts[-1] == "/somewhere"


def test_what_is_printed_beside_events_is_kept() -> None:
    end = run_child([sys.executable, "-c", "print('12'); print('{\"event\": \"a\"}'); print('13')"])
    assert end.printed == ("12", "13")


def test_a_child_that_takes_too_long_is_ended() -> None:
    end = run_child([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.5)
    assert end.code != 0
    assert "did not end in time" in end.describe()


def test_a_program_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match="Cannot run /no/such/python"):
        run_child(python_command("x", python="/no/such/python"))


@pytest.mark.parametrize(
    ("end", "kind", "words"),
    [
        (ChildEnd(2, {"event": "failed", "reason": "No data."}), BadInput, "^No data.$"),
        (ChildEnd(1, {"event": "failed", "reason": "Full."}), GanbenchError, "^Full.$"),
        (ChildEnd(-9), GanbenchError, "^Drawing failed. The process was ended by signal SIGKILL"),
    ],
)
def test_a_failed_child_is_an_error_of_its_kind(end: ChildEnd, kind: type[GanbenchError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        end.check("Drawing failed.")
    assert type(caught.value) is kind
    assert ChildEnd(0).check() == ChildEnd(0)


def test_another_thread_ends_it(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        run_child([sys.executable, "-c", "import time; time.sleep(60)"], cancelled=cancelled)
    assert time.monotonic() - began < 20
