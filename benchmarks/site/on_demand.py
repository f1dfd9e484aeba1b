"""Generators that `ganbench serve` exports when a reader of the playground asks for them for the first time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from benchmarks.exporting.export import export_onnx
from benchmarks.machine.locks import device_lock
from benchmarks.site.generators import GENERATOR, delivery, is_fresh
from common.errors import GanbenchError

_AT_WORK = "This generator is being exported for the browser, which takes half a minute, once."
_BUSY = "A run or a race has this machine to itself: ask for this generator again when it has ended."


@dataclass(frozen=True)
class Answer:
    """What is sent for a script that may not be there yet: it delivers a generator, says that it is on its way (status
    202: ask again), or why it cannot be had."""

    status: HTTPStatus
    script: str


class OnDemand:
    """Exports generators one at a time, each once, whoever asks how often; they are kept beside their cells.

    Nothing of it enters the site's folder, which holds what a build wrote.
    """

    def __init__(self, lock_folder: Path | None = None) -> None:
        """Locks of devices lie in `lock_folder`; None: where runs have them."""
        self._cells: dict[str, Path] = {}
        self._jobs: dict[str, Future[None]] = {}
        self._change = threading.Lock()
        self._cancelled = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._lock_folder = lock_folder

    def offer(self, cells: Mapping[str, Path]) -> None:
        """From now on the scripts called so can be asked for; each is of the generator in the folder of a cell."""
        with self._change:
            self._cells = dict(cells)

    def answer(self, name: str) -> Answer | None:
        """What to send for the script `name`, now; None if nothing is offered under that name. Begins to export it if
        nobody has yet.

        That it cannot be had is said once: who asks again has it tried again.
        """
        with self._change:
            folder, job = self._cells.get(name), self._jobs.get(name)
            if folder is None:
                return None
            if job is None and not is_fresh(folder / GENERATOR):
                job = self._jobs[name] = self._pool.submit(self._export, folder)
            if job is not None and not job.done():
                return Answer(HTTPStatus.ACCEPTED, _call("postpone", name, _AT_WORK))
            self._jobs.pop(name, None)
        error = job.exception() if job is not None else None
        if error is not None:
            return Answer(HTTPStatus.OK, _call("refuse", name, str(error) or type(error).__name__))
        return Answer(HTTPStatus.OK, delivery(name, (folder / GENERATOR).read_bytes()))

    def close(self) -> None:
        """End what is being exported."""
        self._cancelled.set()
        self._pool.shutdown(cancel_futures=True)

    def _export(self, folder: Path) -> None:
        with device_lock("cpu", _refuse, self._lock_folder):
            export_onnx([folder], [folder / GENERATOR], half=True, cancelled=self._cancelled)


def _refuse() -> None:
    """Raise GanbenchError: what is timed on this machine is not to be disturbed."""
    raise GanbenchError(_BUSY)


def _call(function: str, name: str, sentence: str) -> str:
    return f"ganbench.{function}({json.dumps(name)}, {json.dumps(sentence)});\n"
