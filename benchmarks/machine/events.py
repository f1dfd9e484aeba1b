"""Events: what a child process tells its parent, one JSON object a line on its standard output."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, NoReturn

from common.errors import GanbenchError

Event = dict[str, Any]


class Emitter:
    """Writes events to what was standard output, and sends everything else that is printed there to stderr.

    Once nobody is left to read them, this process ends with all that it started, whatever it is doing: its parent was
    killed and cannot end it any more.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        threading.Thread(target=_end_with_reader, args=(self._stream,), daemon=True).start()

    def __call__(self, event: Event) -> None:
        """Send one event."""
        try:
            self._stream.write(json.dumps(event) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            _end_alone()


def report(work: Callable[[Emitter], int]) -> int:
    """What `main` of a child process does: `work`, which returns the exit code.

    Errors meant for the user become a `failed` event with their sentence, all others a traceback on stderr.
    """
    emit = Emitter()
    try:
        return work(emit)
    except GanbenchError as error:
        emit({"event": "failed", "reason": str(error)})
        return error.exit_code


def end_now(code: int) -> NoReturn:
    """End this process without taking apart what it imported, which takes a framework a second that others wait for.

    All files have to be written and closed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_with_reader(pipe: IO[str]) -> None:
    """Wait, in a thread of its own, until nobody reads `pipe` any more; then end this process."""
    reader = select.poll()
    reader.register(pipe, 0)  # errors alone, which are always reported
    if any(what & (select.POLLERR | select.POLLHUP) for _, what in reader.poll()):
        _end_alone()


def _end_alone() -> NoReturn:
    print("The process that started this one is gone: stopping.", file=sys.stderr, flush=True)
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def parse_event(line: bytes) -> Event | None:
    """The event in a line, or None if the line holds something else."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
