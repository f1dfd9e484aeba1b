"""A run that is started, watched and killed: its own process, one that it started, or all of them at once."""

from __future__ import annotations

import contextlib
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.faults.moments import Moment, moments
from benchmarks.faults.record import Kill
from benchmarks.machine.child import end_group
from benchmarks.machine.python import python_command, python_environment
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell

_LOOK_SECONDS = 0.005
_ORPHAN_SECONDS = 30.0
_MOST_STARTS = 60  # of one run: more means that it does not get on
_MODULES = {
    "worker": "benchmarks.running.worker",
    "scorer": "benchmarks.scoring.process",
    "reporter": "benchmarks.report",
}


def victims_in(phase: str) -> tuple[str, ...]:
    """Who can be killed in `phase`; "run" is the process of `ganbench run`, "all" it and all that it started."""
    busy = {"preparing": (), "scoring": ("scorer",), "reporting": ("reporter",)}.get(phase, ("worker",))
    return (*busy, "run", "all")


@dataclass
class Victim:
    """A run below `base`, from nothing: run/, cache/, and the log of what it printed.

    `chosen` is what of `ganbench run` says which cells: a matrix and options; `cells` are those.
    """

    base: Path
    chosen: tuple[str, ...]
    cells: list[Cell]
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def run(self) -> RunFolder:
        """Its folder."""
        return RunFolder(self.base / "run")

    def reaches(self, moment: Moment) -> bool:
        """Let it run until it is at `moment`; False if that has passed it by.

        Raises:
            GanbenchError: it does not get on.
        """
        while not self._done(moment):
            self._keep_running()
            if self._is_at(moment):
                return True
            time.sleep(_LOOK_SECONDS)
        return False

    def kill(self, victim: str, near: Moment) -> Kill | None:
        """Kill `victim` now, near the moment that the run was at; None if there is no such process."""
        process = self._process
        if process is None or process.poll() is not None:
            return None
        there = self._started()
        now = moments(self.run, self.cells)
        at = next((each for each in now if each.cell == near.cell), next(iter(now), near))
        if victim in _MODULES:
            hit = [each for each in there if _MODULES[victim] in _words(each)]
            for each in hit:
                _kill(each)
            return Kill(victim=victim, phase=at.phase, cell=at.cell) if hit else None
        process.kill()
        for each in there if victim == "all" else []:
            _kill(each)
        process.wait()
        return Kill(victim=victim, phase=at.phase, cell=at.cell, orphans=_end_orphans(there))

    def finish(self) -> None:
        """Repeat the command until it has ended well.

        Raises:
            GanbenchError: it does not get on.
        """
        while self._process is None or self._process.poll() != 0:
            self._keep_running()
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self._process is not None and self._process.poll() is None:
            end_group(self._process)

    def _is_at(self, moment: Moment) -> bool:
        if moment not in moments(self.run, self.cells):
            return False
        if moment.phase != "reporting":
            return True
        # all records may be there before the command has even started
        return any(_MODULES["reporter"] in _words(each) for each in self._started())

    def _started(self) -> list[psutil.Process]:
        """All processes that the run has started, directly or not."""
        try:
            return psutil.Process(self._process.pid).children(recursive=True) if self._process else []
        except psutil.NoSuchProcess:
            return []

    def _done(self, moment: Moment) -> bool:
        """Whether the moment cannot come any more: the run has ended well, or the cell has."""
        if self._process is not None and self._process.poll() == 0:
            return True
        cell = next((cell for cell in self.cells if cell.id == moment.cell), None)
        if cell is None:
            return moment.phase == "preparing" and any(self.run.of(each).events_file.exists() for each in self.cells)
        folder = self.run.of(cell)
        return not folder.is_busy() and (record := folder.record()) is not None and record.status == "finished"

    def _keep_running(self) -> None:
        """Start it, if it does not run."""
        if self._process is not None and self._process.poll() is None:
            return
        if self.starts == _MOST_STARTS or (
            self._process is not None and self._process.returncode == BadInput.exit_code
        ):
            raise GanbenchError(f"{self.base} was started {self.starts} times and is not finished: see its log.")
        self.starts += 1
        place = ("--out", str(self.run.path), "--cache-dir", str(self.base / "cache"), "--threads", "1")
        command = ("run", *self.chosen, *place, "--keep-checkpoints")
        self.base.mkdir(parents=True, exist_ok=True)
        with (self.base / "log").open("ab") as log:
            self._process = subprocess.Popen(
                python_command("benchmarks.cli.main", *command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=python_environment({"TMPDIR": str(self.base)}),  # locks of its own
                start_new_session=True,
            )


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return []


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def _end_orphans(processes: list[psutil.Process]) -> int:
    """How many of `processes`, whose parent was killed, have not ended by themselves after a while; ends them."""
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while (left := [each for each in processes if _lives(each)]) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    for each in left:
        _kill(each)
    return len(left)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
