"""A contender in a process of its own, as the referee sees it: commands down its stdin, events up its stdout."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine.events import Event
from benchmarks.machine.foreign import process_cpu_seconds
from benchmarks.machine.servant import Servant
from benchmarks.racing.racer import Lap, RacerLostError
from benchmarks.racing.record import Entry, Split, Start
from benchmarks.results.wording import brief, duration

# a compiler may take a quarter of an hour, a window may be slow; longer than this it hangs
_START_PATIENCE = 1800.0
_LAP_PATIENCE = 600.0


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
        self._servant: Servant | None = None
        self._begin = 0

    def launch(self) -> None:
        """Start the process and have it build.

        Raises:
            BadInput: the program cannot be started.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._begin = self._log.stat().st_size if self._log.exists() else 0
        self._servant = Servant(self._command(), self._log, self._environment)
        order = {"cell": self._entry.cell.model_dump(mode="json"), "slow_down": self._entry.slow_down}
        self._servant.tell({"build": order})

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
        assert self._servant is not None
        self._servant.tell({"run": iterations, "splits": splits})
        answer = self._answer("lap", self._lap_patience)
        return Lap(**{**answer, "splits": tuple(Split(**split) for split in answer["splits"])})

    def cpu_seconds(self) -> float:
        """CPU seconds of the process and its descendants; 0 before it starts and after it ended."""
        return 0.0 if self._servant is None else process_cpu_seconds(self._servant.pid)

    def stop(self) -> None:
        """Have it quit; after 5 seconds it and all it started are ended."""
        if self._servant is not None:
            self._servant.quit()

    def _answer(self, expected: str, patience: float) -> dict[str, Any]:
        """The fields of the event that answers the last command."""
        assert self._servant is not None
        try:
            event = self._servant.answer(patience)
        except TimeoutError:
            raise RacerLostError(f"It did not answer within {duration(patience)} and was ended.") from None
        if event is None or event.pop("event") != expected:
            raise RacerLostError(self._why(self._servant, event))
        return event

    def _why(self, servant: Servant, event: Event | None) -> str:
        """Why it ended, in one line."""
        if event is not None:
            return str(brief(str(event.get("reason", f"It answered {json.dumps(event)}."))))
        return str(brief(servant.end(self._log, self._begin).describe()))
