"""Events: what a child process tells its parent, one JSON object a line on its standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from common.errors import GanbenchError

Event = dict[str, Any]


class Emitter:
    """Writes events to what was standard output, and sends everything else that is printed there to stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def __call__(self, event: Event) -> None:
        """Send one event; a child whose parent is gone ends here."""
        try:
            self._stream.write(json.dumps(event) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            print("The process that started this one is gone: stopping.", file=sys.stderr, flush=True)
            os._exit(1)


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


def parse_event(line: bytes) -> Event | None:
    """The event in a line, or None if the line holds something else."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
