"""Child processes that report by JSON lines, each in a process group of its own that ends as a whole."""

from __future__ import annotations

import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

Event = dict[str, Any]

_TAIL_LINES = 12
_PATIENCE_SECONDS = 5.0
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ChildEnd:
    """How a child ended: its exit code (negative: minus the signal), its last event, its last lines on stderr."""

    code: int
    last_event: Event = field(default_factory=dict)
    stderr_tail: tuple[str, ...] = ()

    def describe(self) -> str:
        """Why the child failed, for a record: its own sentence if it gave one, else exit code and last lines."""
        if self.last_event.get("event") == "failed":
            return str(self.last_event.get("reason"))
        if self.code < 0:
            try:
                how = f"was ended by signal {signal.Signals(-self.code).name}"
            except ValueError:
                how = f"was ended by signal {-self.code}"
        else:
            how = f"ended with exit code {self.code}"
        tail = "\n".join(self.stderr_tail)
        return f"The process {how}." + (
            f" Last lines of its stderr:\n{tail}" if tail else " It wrote nothing to stderr."
        )


def python_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child Python: ours, this package importable, the current folder's modules not."""
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", **(extra or {})}
    if not {"site-packages", "dist-packages"} & set(_ROOT.parts):
        known = environment.get("PYTHONPATH", "")
        environment["PYTHONPATH"] = f"{_ROOT}{os.pathsep}{known}" if known else str(_ROOT)
    return environment


def run_child(
    argv: list[str],
    events_file: Path,
    stderr_file: Path,
    on_event: Callable[[Event], None],
    extra_environment: Mapping[str, str] | None = None,
) -> ChildEnd:
    """Run `argv` to its end; every JSON object it prints is appended to `events_file` and handed to `on_event`.

    Lines on stdout that are not JSON objects go to `stderr_file` with its stderr. If this process is interrupted,
    the child and all its descendants are ended before the exception goes on.
    """
    with events_file.open("a", encoding="utf-8") as events, stderr_file.open("ab") as stderr:
        fcntl.flock(events, fcntl.LOCK_EX)  # tells `ganbench status` that the cell is being worked on
        begin = stderr.tell()
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=python_environment(extra_environment),
            start_new_session=True,
        )
        last: Event = {}
        try:
            for line in _lines(child):
                event = _parse(line)
                if event is None:
                    stderr.write(line)
                    stderr.flush()
                    continue
                events.write(json.dumps(event) + "\n")
                events.flush()
                last = event
                on_event(event)
            code = child.wait()
        finally:
            end_group(child)
    return ChildEnd(code, last, _tail(stderr_file, begin))


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End the child's process group: politely first, after 5 seconds by force. Does nothing if nothing is left."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
        except (ProcessLookupError, PermissionError):
            break
        try:
            child.wait(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def python_command(module: str, *arguments: str) -> list[str]:
    """The argv that runs one of our modules with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def _lines(child: subprocess.Popen[bytes]) -> Any:
    """The child's stdout line by line; ends with the child even if a descendant keeps the pipe open."""
    lines: queue.Queue[bytes | None] = queue.Queue()
    assert child.stdout is not None
    threading.Thread(target=_pump, args=(child.stdout, lines), daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            if child.poll() is not None:
                return
            continue
        if line is None:
            return
        yield line


def _pump(stream: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _parse(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _tail(path: Path, begin: int) -> tuple[str, ...]:
    """The last lines of this attempt's stderr."""
    with path.open("rb") as handle:
        end = handle.seek(0, os.SEEK_END)
        handle.seek(max(begin, end - 16_384))
        text = handle.read().decode("utf-8", errors="replace")
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-_TAIL_LINES:]
