"""Child processes: what they inherit, and how their end is put into words."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from benchmarks.machine.child import ChildEnd, python_environment, run_child


def test_child_cannot_be_misled_by_files_in_the_current_folder(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text("raise SystemExit('the wrong benchmarks')")
    monkeypatch.chdir(tmp_path)
    program = "import json, benchmarks.results.records; print(json.dumps({'event': 'fine'}))"
    argv = [sys.executable, "-c", program]
    end = run_child(argv, tmp_path / "events", tmp_path / "stderr", lambda event: None)
    assert (end.code, end.last_event) == (0, {"event": "fine"})


def test_extra_environment_reaches_the_child(tmp_path: Path) -> None:
    program = "import json, os; print(json.dumps({'event': os.environ['SHOWN']}))"
    argv = [sys.executable, "-c", program]
    seen: list[str] = []
    run_child(argv, tmp_path / "e", tmp_path / "s", lambda event: seen.append(event["event"]), {"SHOWN": "yes"})
    assert seen == ["yes"]


def test_events_are_logged_as_they_came(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", 'print(\'{"event": "a", "x": NaN}\'); print(\'{"event": "b"}\')']
    run_child(argv, tmp_path / "events", tmp_path / "stderr", lambda event: None)
    lines = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["a", "b"]


def test_only_the_last_lines_of_stderr_are_told(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import sys\nfor i in range(5000): print('line', i, file=sys.stderr)\nsys.exit(7)"]
    end = run_child(argv, tmp_path / "events", tmp_path / "stderr", lambda event: None)
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
