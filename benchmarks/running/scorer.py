"""The scorer as the runner sees it: one process for all cells of a run, started when the first one is to be scored."""

from __future__ import annotations

import fcntl
import json
from types import TracebackType

from benchmarks.machine.child import TIMED_OUT, ChildEnd, tail
from benchmarks.machine.devices import visible_device
from benchmarks.machine.servant import Servant
from benchmarks.results.cell_folder import CellFolder, Scores
from common.errors import BadInput


class Scorer:
    """Scores cell after cell; a process that crashed is a cell's failure, and the next cell gets another.

    Args:
        command: the argv of the process, see `benchmarks.scoring.process`.
        seconds: how long a cell may take; None: any time.
    """

    def __init__(self, command: list[str], seconds: float | None = None) -> None:
        self._command, self._seconds = command, seconds
        self._process: Servant | None = None

    def __enter__(self) -> Scorer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.stop()

    def score(self, folder: CellFolder) -> Scores | ChildEnd:
        """The judge's scores of the cell in `folder`, or how the scorer ended without any."""
        log = folder.stderr_file
        begin = log.stat().st_size if log.exists() else 0
        with folder.events_file.open("a", encoding="utf-8") as events:
            fcntl.flock(events, fcntl.LOCK_EX)  # tells `ganbench status` that the cell is being worked on
            if self._process is None:
                self._process = Servant(self._command, log, visible_device("cpu"))
            try:
                answer = self._process.ask({"score": str(folder.path)}, self._seconds)
            except TimeoutError:
                self._dismiss().stop()
                return ChildEnd(TIMED_OUT, stderr_tail=tail(log, begin))
            if answer is None:
                return self._dismiss().end(log, begin)
            if answer["event"] == "scored":
                return folder.scores() or ChildEnd(0, answer)
            events.write(json.dumps(answer) + "\n")
        return ChildEnd(BadInput.exit_code, answer)

    def _dismiss(self) -> Servant:
        """The process, of which the next cell will get another."""
        assert self._process is not None
        process, self._process = self._process, None
        return process
