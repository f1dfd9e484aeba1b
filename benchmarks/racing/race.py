"""One race from its entries to its record, on this machine: alone on its device, and going on where it stopped."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.calibration.store import stored_calibrations
from benchmarks.machine.devices import visible_device
from benchmarks.machine.energy import find_meter
from benchmarks.machine.environment import collect_environment
from benchmarks.machine.gpu import find_gpu
from benchmarks.machine.host import this_host
from benchmarks.machine.locks import device_lock
from benchmarks.machine.python import python_command
from benchmarks.racing.entries import reference_of
from benchmarks.racing.process import ContenderProcess
from benchmarks.racing.racer import Racer, ThisMachine
from benchmarks.racing.record import Entry, RaceRecord, Rules, check_continues, load_race, save_race
from benchmarks.racing.referee import hold_race
from benchmarks.results.run_folder import RACE_RECORD, file_name

Say = Callable[[str], None]
# the argv of an entry's contender, made at the moment of its launch
Command = Callable[[Entry], list[str]]


def contender_command(
    data_dir: Path | None = None, cache_dir: Path | None = None, threads: int | None = None
) -> Command:
    """Contenders as processes of their engine's Python."""
    options: list[str] = []
    for name, value in (("--data-dir", data_dir), ("--cache-dir", cache_dir)):
        if value is not None:
            options += [name, str(value.absolute())]
    if threads is not None:
        options += ["--threads", str(threads)]
    module = "benchmarks.racing.contender"
    return lambda entry: python_command(
        module, *options, "--launched-at", str(time.monotonic()), engine=entry.cell.engine
    )


def race(
    label: str,
    entries: list[Entry],
    rules: Rules,
    folder: Path,
    command: Command,
    say: Say,
    device: str = "cpu",
    lock_folder: Path | None = None,
) -> RaceRecord:
    """Hold the race `label` between `entries`, or go on with the one that `folder` holds.

    Args:
        label: what is raced, for the record.
        entries: contenders.
        rules: how exactly and how long.
        folder: where race.json and the contenders' logs go.
        command: how contenders are launched.
        say: takes one sentence about what happens.
        device: "cpu" or "cuda:<index>"; what all of them race on.
        lock_folder: where device locks lie; the system's temporary folder by default.

    Raises:
        BadInput: the folder holds another race.
        GanbenchError: the disk is full, or a file cannot be written.
    """
    path = folder / RACE_RECORD
    with device_lock(device, lambda: say("another ganbench run is timing on this device: waiting"), lock_folder):
        gpu = find_gpu(device)
        record = _begun(label, entries, rules)
        record.gpu = gpu.identity() if gpu else None
        old = load_race(path)
        if old is not None:
            check_continues(record, old, path)
            record = old.model_copy(update={"rules": rules})
            say(f"going on after incarnation {old.incarnations}")

        meter, record.energy_reason = find_meter(gpu)
        record.calibrations = stored_calibrations(record.host, record.gpu)

        def make(entry: Entry) -> Racer:
            log = folder / f"{file_name(entry.name)}.log"
            return ContenderProcess(entry, lambda: command(entry), visible_device(device), log)

        hold_race(record, make, ThisMachine(gpu, meter), lambda each: save_race(each, path), say)
        save_race(record, path)
        return record


def _begun(label: str, entries: list[Entry], rules: Rules) -> RaceRecord:
    return RaceRecord(
        label=label,
        entries=entries,
        reference=reference_of(entries).name,
        rules=rules,
        host=this_host(),
        environment=collect_environment(),
        started_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
