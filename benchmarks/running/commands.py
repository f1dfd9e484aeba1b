"""The commands of the processes that train and score, from what all cells of a run have in common."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine.python import python_command
from common.specs.cell import Cell


@dataclass(frozen=True)
class RunOptions:
    """What holds for every cell of a run: where data lie, the threads of each process (None: the framework's own
    choice), and whether no times are taken."""

    data_dir: Path | None = None
    cache_dir: Path | None = None
    threads: int | None = None
    untimed: bool = False

    def worker(self, cell: Cell, folder: Path, hold: Path) -> list[str]:
        """The argv of the worker that trains `cell` in `folder`; `hold` holds back what it times."""
        arguments = [str(folder), *self._data(), *self._share()]
        arguments += ["--untimed"] if self.untimed else ["--launched-at", str(time.monotonic()), "--hold", str(hold)]
        return python_command("benchmarks.running.worker", *arguments, engine=cell.engine)

    def scorer(self) -> list[str]:
        """The argv of the process that scores all cells."""
        return python_command("benchmarks.scoring.process", *self._data(), *self._share())

    def _data(self) -> list[str]:
        places = (("--data-dir", self.data_dir), ("--cache-dir", self.cache_dir))
        return [word for name, place in places if place is not None for word in (name, str(place.absolute()))]

    def _share(self) -> list[str]:
        return [] if self.threads is None else ["--threads", str(self.threads)]
