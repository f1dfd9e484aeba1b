"""Races for which minutes have to do: all contenders of an incarnation come up side by side."""

from __future__ import annotations

import datetime
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine.devices import visible_device
from benchmarks.machine.environment import collect_environment
from benchmarks.machine.gpu import find_gpu
from benchmarks.machine.host import this_host
from benchmarks.racing.entries import reference_of
from benchmarks.racing.process import ContenderProcess
from benchmarks.racing.race import contender_command
from benchmarks.racing.racer import RacerLostError, ThisMachine
from benchmarks.racing.record import Entry, RaceRecord, Rules, Start, save_race
from benchmarks.racing.referee import hold_race
from benchmarks.results.run_folder import file_name

START_PATIENCE, LAP_PATIENCE = 300.0, 90.0
# compiled programs are kept for the next process; and one compiles in itself, since many compile side by side
COMPILERS = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
}


class EarlyProcess(ContenderProcess):
    """A contender that may be launched before the race asks for it; until it is ready it does not count as awake."""

    _launched = _up = False

    def launch(self) -> None:
        """As ContenderProcess; a second time does nothing."""
        if not self._launched:
            self._launched = True
            super().launch()

    def ready(self, incarnation: int) -> Start:
        """As ContenderProcess; its start-up and compile seconds are those of a crowd."""
        start = super().ready(incarnation)
        self._up = True
        return start

    def cpu_seconds(self) -> float:
        """As ContenderProcess, from when it is ready on."""
        return super().cpu_seconds() if self._up else 0.0


class Stable:
    """Launches contenders on `device`, whose compilers share a cache in `folder`; their output is kept there."""

    def __init__(self, folder: Path, device: str, threads: int | None = None) -> None:
        self.device, self._folder = device, folder
        self._command = contender_command(threads=threads)
        self._variables = {
            **COMPILERS,
            **visible_device(device),
            "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
            "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        }
        self._all: list[EarlyProcess] = []

    def launch(self, label: str, entry: Entry) -> EarlyProcess:
        """The contender of `entry`, coming up."""
        racer = EarlyProcess(
            entry,
            lambda: self._command(entry),
            self._variables,
            self.log(label, entry.name),
            (START_PATIENCE, LAP_PATIENCE),
        )
        self._all.append(racer)
        racer.launch()
        return racer

    def log(self, label: str, name: str) -> Path:
        """Where a contender's stderr goes."""
        return self._folder / "logs" / f"{label}-{file_name(name)}.log"

    def warm(self, label: str, entries: Iterable[Entry]) -> None:
        """Bring `entries` up once, side by side, so that what they compile is in the cache."""

        def come(racer: EarlyProcess) -> None:
            try:
                racer.ready(1)
            except RacerLostError:
                pass  # the race will say so
            finally:
                racer.stop()

        racers = [self.launch(label, entry) for entry in entries]
        with ThreadPoolExecutor(max(1, len(racers))) as pool:
            list(pool.map(come, racers))

    def stop(self) -> None:
        """End whoever is left."""
        for racer in self._all:
            racer.stop()


@contextmanager
def open_stable(device: str, threads: int | None = None) -> Iterator[Stable]:
    """A stable whose contenders and caches are gone after the block."""
    with tempfile.TemporaryDirectory(prefix="ganbench-gpu-", ignore_cleanup_errors=True) as folder:
        stable = Stable(Path(folder), device, threads)
        try:
            yield stable
        finally:
            stable.stop()


def short_race(
    label: str, entries: list[Entry], rules: Rules, stable: Stable, path: Path, say: Callable[[str], None]
) -> RaceRecord:
    """Hold a race, saved to `path` after every incarnation.

    Its start-up and compile seconds are marked as those of a crowd, so no table shows them.
    """
    waiting: dict[str, EarlyProcess] = {}
    gpu = find_gpu(stable.device)
    record = RaceRecord(
        label=label,
        entries=entries,
        reference=reference_of(entries).name,
        rules=rules,
        host=this_host(),
        environment=collect_environment(),
        gpu=gpu.identity() if gpu else None,
        started_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )

    def make(entry: Entry) -> EarlyProcess:
        if entry.name not in waiting:  # a new incarnation: all that are still in the race
            lost = {failure.contender for failure in record.failures}
            waiting.update({each.name: stable.launch(label, each) for each in entries if each.name not in lost})
        return waiting.pop(entry.name)

    def save(each: RaceRecord) -> None:
        each.starts = [start.model_copy(update={"alone": False}) for start in each.starts]
        save_race(each, path)

    started = time.monotonic()
    hold_race(record, make, ThisMachine(gpu), save, say)
    save(record)
    say(f"{label}: {record.incarnations} incarnations in {time.monotonic() - started:.0f} s")
    return record
