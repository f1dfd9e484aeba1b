"""Child processes: every one is started here, in a process group of its own that ends as a whole."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from benchmarks.machine.events import Event, parse_event
from benchmarks.machine.python import python_environment
from common.errors import BadInput, GanbenchError

_TAIL_LINES = 12
_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.5  # between two looks whether a silent child is still wanted
_PRINTED_LINES = 1000
TIMED_OUT = -1000  # no signal has this number


@dataclass(frozen=True)
class ChildEnd:
    """How a child ended: its exit code (negative: minus the signal; TIMED_OUT: it had to be ended), its last event,
    what it printed on stdout that is no event, and its last lines on stderr."""

    code: int
    last_event: Event = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    stderr_tail: tuple[str, ...] = ()

    @property
    def crashed(self) -> bool:
        """Whether it ended on its own without a word on why: another attempt may end otherwise."""
        return self.code not in (0, TIMED_OUT) and self.last_event.get("event") != "failed"

    def describe(self) -> str:
        """Why the child failed: its own sentence if it gave one, else exit code and last lines."""
        if self.last_event.get("event") == "failed":
            return str(self.last_event.get("reason"))
        tail = "\n".join(self.stderr_tail)
        return f"The process {self._how()}." + (
            f" Last lines of its stderr:\n{tail}" if tail else " It wrote nothing to stderr."
        )

    def check(self, what: str = "") -> ChildEnd:
        """This end, if the child ended well.

        Args:
            what: the beginning of the sentence about a crash, as in "Drawing with torch failed."

        Raises:
            BadInput: the child's own sentence about bad input.
            GanbenchError: any other failure.
        """
        if self.code == 0:
            return self
        if self.last_event.get("event") == "failed":
            kind = BadInput if self.code == BadInput.exit_code else GanbenchError
            raise kind(self.describe())
        raise GanbenchError(f"{what} {self.describe()}".strip())

    def _how(self) -> str:
        if self.code == TIMED_OUT:
            return "did not end in time"
        if self.code >= 0:
            return f"ended with exit code {self.code}"
        try:
            return f"was ended by signal {signal.Signals(-self.code).name}"
        except ValueError:
            return f"was ended by signal {-self.code}"


def run_child(
    argv: list[str],
    *,
    events_file: Path | None = None,
    stderr_file: Path | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    variables: Mapping[str, str] | None = None,
    timeout: float | None = None,
    cancelled: threading.Event | None = None,
) -> ChildEnd:
    """Run `argv` to its end; events that it prints are handed to `on_event`.

    Args:
        argv: the command; see `benchmarks.machine.python.python_command`.
        events_file: events are appended here, and the file is locked while the child runs; None: kept nowhere.
        stderr_file: stderr, and what is printed on stdout but no event, is appended here; None: kept nowhere.
        on_event: takes each event as it comes. If it, or this process, is interrupted, the child and all its
            descendants are ended before the exception goes on.
        variables: environment variables beside those of this process.
        timeout: seconds after which the child is ended.
        cancelled: another thread ends the child by setting this.

    Raises:
        BadInput: the program cannot be started.
        CancelledError: another thread has ended it.
    """
    with tempfile.TemporaryDirectory(prefix="ganbench-child-") as folder:
        events_path, stderr_path = events_file or Path(folder) / "events", stderr_file or Path(folder) / "stderr"
        with events_path.open("a", encoding="utf-8") as events, stderr_path.open("ab") as stderr:
            fcntl.flock(events, fcntl.LOCK_EX)  # tells `ganbench status` that the cell is being worked on
            begin = stderr.tell()
            child = _start(argv, stderr, variables)
            last: Event = {}
            printed: deque[str] = deque(maxlen=_PRINTED_LINES)
            try:
                for line in _lines(child, timeout, cancelled or threading.Event()):
                    event = parse_event(line)
                    if event is None:
                        stderr.write(line)
                        stderr.flush()
                        printed.append(line.decode("utf-8", errors="replace").rstrip("\n"))
                        continue
                    events.write(json.dumps(event) + "\n")
                    events.flush()
                    last = event
                    on_event(event)
                code = child.wait()
            except TimeoutError:
                code = TIMED_OUT
            finally:
                end_group(child)
        return ChildEnd(code, last, tuple(printed), tail(stderr_path, begin))


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End the child's process group: politely first, after 5 seconds, or if the user insists, by force. Does nothing if
    nothing is left."""
    try:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=_PATIENCE_SECONDS)
    except (ProcessLookupError, PermissionError, subprocess.TimeoutExpired):
        pass
    finally:  # also after a second Ctrl-C
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _start(argv: list[str], stderr: IO[bytes], variables: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=python_environment(variables),
            start_new_session=True,
        )
    except OSError as error:
        raise BadInput(f"Cannot run {argv[0]}: {error.strerror or error}.") from error


def _lines(child: subprocess.Popen[bytes], timeout: float | None, cancelled: threading.Event) -> Iterator[bytes]:
    """The child's stdout line by line; ends with the child even if a descendant keeps the pipe open."""
    lines: queue.Queue[bytes | None] = queue.Queue()
    assert child.stdout is not None
    threading.Thread(target=_pump, args=(child.stdout, lines), daemon=True).start()
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
        if cancelled.is_set():
            raise CancelledError
        try:
            line = lines.get(timeout=_LOOK_SECONDS)
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


def tail(path: Path, begin: int) -> tuple[str, ...]:
    """The last lines of the file `path`, which got its first of this attempt at byte `begin`."""
    with path.open("rb") as handle:
        end = handle.seek(0, os.SEEK_END)
        handle.seek(max(begin, end - 16_384))
        text = handle.read().decode("utf-8", errors="replace")
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-_TAIL_LINES:]
