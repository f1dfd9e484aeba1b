"""A child process that stays: commands down its standard input, events up its standard output, one JSON line each."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from benchmarks.machine.child import ChildEnd, end_group, tail
from benchmarks.machine.events import Event, parse_event
from benchmarks.machine.python import python_environment
from common.errors import BadInput

_QUIT_PATIENCE = 5.0


class Servant:
    """A process that answers each command by one event and ends with its input.

    Args:
        command: its argv.
        log: where its stderr is appended, unless it sends it elsewhere itself.
        variables: environment variables beside those of this process.

    Raises:
        BadInput: the program cannot be started.
    """

    def __init__(self, command: list[str], log: Path, variables: Mapping[str, str] | None = None) -> None:
        try:
            with log.open("ab") as stderr:
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=python_environment(variables),
                    start_new_session=True,  # so that Ctrl-C reaches this process, which ends it
                )
        except OSError as error:
            raise BadInput(f"Cannot run {command[0]}: {error.strerror or error}.") from error
        self._events: queue.Queue[Event | None] = queue.Queue()
        assert self._child.stdout is not None
        threading.Thread(target=_pump, args=(self._child.stdout, self._events), daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._child.pid

    def tell(self, command: dict[str, Any]) -> None:
        """Send `command`; a process that has ended does not take it, which `answer` says then."""
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(command).encode() + b"\n")
            self._child.stdin.flush()

    def answer(self, patience: float | None = None) -> Event | None:
        """The next event; None if the process has closed its output instead.

        Raises:
            TimeoutError: none came within `patience` seconds.
        """
        try:
            event = self._events.get(timeout=patience)
        except queue.Empty:
            raise TimeoutError from None
        if event is None:
            self._events.put(None)  # as it will be from now on
        return event

    def ask(self, command: dict[str, Any], patience: float | None = None) -> Event | None:
        """The event that answers `command`; None if the process has ended instead.

        Raises:
            TimeoutError: none came within `patience` seconds.
        """
        self.tell(command)
        return self.answer(patience)

    def end(self, log: Path, begin: int) -> ChildEnd:
        """How the process, which has ended by itself, ended; the last lines are those of `log` from byte `begin` on."""
        try:
            code = self._child.wait(_QUIT_PATIENCE)
        except subprocess.TimeoutExpired:  # it closed its output and goes on
            code = -signal.SIGTERM
        self.stop()
        return ChildEnd(code, stderr_tail=tail(log, begin))

    def quit(self) -> None:
        """Close its input, upon which it ends; after 5 seconds it and all it started are ended."""
        assert self._child.stdin is not None
        try:
            if self._child.poll() is None:
                self._child.stdin.close()
                self._child.wait(_QUIT_PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            pass
        finally:
            self.stop()

    def stop(self) -> None:
        """End it and all it started."""
        end_group(self._child)


def _pump(stream: IO[bytes], events: queue.Queue[Event | None]) -> None:
    """Hand on the events of `stream`, whatever else is printed there not; None at its end."""
    try:
        for line in stream:
            if (event := parse_event(line)) is not None:
                events.put(event)
    finally:
        events.put(None)
