"""A contender in a process of its own, as the referee sees it: commands down its stdin, events up its stdout."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from benchmarks.machine.child import ChildEnd, end_group
from benchmarks.machine.events import Event, parse_event
from benchmarks.machine.foreign import process_cpu_seconds
from benchmarks.machine.python import python_environment
from benchmarks.racing.racer import Lap, RacerLostError
from benchmarks.racing.record import Entry, Split, Start
from benchmarks.results.wording import brief, duration

# a compiler may take a quarter of an hour, a window may be slow; longer than this it hangs
_START_PATIENCE = 1800.0
_LAP_PATIENCE = 600.0
_QUIT_PATIENCE = 5.0
_TAIL_LINES = 12


class ContenderProcess:
    """The contender of `entry`, not started yet.

    Args:
        entry: what it builds.
        command: its argv, made at the moment of its launch.
        environment: variables it needs beside ours.
        log: where its stderr is appended.
        patience: seconds after which a start, and a window, is given up.
    """

    def __init__(
        self,
        entry: Entry,
        command: Callable[[], list[str]],
        environment: Mapping[str, str],
        log: Path,
        patience: tuple[float, float] = (_START_PATIENCE, _LAP_PATIENCE),
    ) -> None:
        self._entry, self._command, self._environment, self._log = entry, command, environment, log
        self._start_patience, self._lap_patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._begin = 0

    def launch(self) -> None:
        """Start the process and have it build."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as stderr:
            self._begin = stderr.tell()
            self._child = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=python_environment(self._environment),
                start_new_session=True,  # so that Ctrl-C reaches the referee, who ends it
            )
        assert self._child.stdout is not None
        threading.Thread(target=_pump, args=(self._child.stdout, self._events), daemon=True).start()
        order = {"cell": self._entry.cell.model_dump(mode="json"), "slow_down": self._entry.slow_down}
        self._tell({"build": order})

    def ready(self, incarnation: int) -> Start:
        """Wait until it has built.

        Raises:
            RacerLostError: it could not.
        """
        answer = self._answer("ready", self._start_patience)
        return Start(contender=self._entry.name, incarnation=incarnation, **answer)

    def run(self, iterations: int, splits: int = 1) -> Lap:
        """One window.

        Raises:
            RacerLostError: it ended or did not answer.
        """
        self._tell({"run": iterations, "splits": splits})
        answer = self._answer("lap", self._lap_patience)
        return Lap(**{**answer, "splits": tuple(Split(**split) for split in answer["splits"])})

    def cpu_seconds(self) -> float:
        """CPU seconds of the process and its descendants; 0 before it starts and after it ended."""
        return 0.0 if self._child is None else process_cpu_seconds(self._child.pid)

    def stop(self) -> None:
        """Have it quit; after 5 seconds it and all it started are ended."""
        child = self._child
        if child is None:
            return
        try:
            if child.poll() is None and child.stdin is not None:
                child.stdin.close()
                child.wait(_QUIT_PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            pass
        finally:
            end_group(child)

    def _tell(self, command: dict[str, Any]) -> None:
        """Send a command; one that has ended does not answer, which is told then."""
        assert self._child is not None
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(command).encode() + b"\n")
            self._child.stdin.flush()

    def _answer(self, expected: str, patience: float) -> dict[str, Any]:
        """The fields of the event that answers the last command."""
        try:
            event = self._events.get(timeout=patience)
        except queue.Empty:
            raise RacerLostError(f"It did not answer within {duration(patience)} and was ended.") from None
        if event is None or event.pop("event") != expected:
            raise RacerLostError(self._why(event))
        return event

    def _why(self, event: Event | None) -> str:
        """Why it ended, in one line."""
        assert self._child is not None
        if event is not None:
            return str(brief(str(event.get("reason", f"It answered {json.dumps(event)}."))))
        try:
            code = self._child.wait(_QUIT_PATIENCE)
        except subprocess.TimeoutExpired:
            return "It closed its output and was ended."
        with self._log.open("rb") as handle:
            handle.seek(self._begin)
            lines = handle.read()[-16_384:].decode("utf-8", errors="replace").splitlines()
        tail = tuple(line.rstrip() for line in lines if line.strip())[-_TAIL_LINES:]
        return str(brief(ChildEnd(code, stderr_tail=tail).describe()))


def _pump(stream: IO[bytes], events: queue.Queue[Event | None]) -> None:
    """Hand on the events of `stream`, whatever else is printed there not; None at its end."""
    try:
        for line in stream:
            if (event := parse_event(line)) is not None:
                events.put(event)
    finally:
        events.put(None)
