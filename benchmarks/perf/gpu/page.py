"""The page of a visit, from what was saved so far: the machine, the proofs, the races."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.parity.record import Climb, read_climbs
from benchmarks.perf.gpu.steps import DOCTOR, PARITY
from benchmarks.racing.record import RaceRecord, load_race
from benchmarks.racing.rows import race_rows
from benchmarks.results.markdown import markdown_table
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, median
from common.files import write_text

PAGE, RACES, FAILURES = "report.md", "races", "failures.txt"
_HEADERS = ("contender", "iterations/s", "images/s", "time / reference", "interval", "peak MB", "verdict")


def write_page(out: Path) -> None:
    """Write report.md of the records in `out`."""
    races = [found for path in sorted((out / RACES).glob("*.json")) if (found := load_race(path))]
    races.sort(key=lambda record: record.started_at)
    climbs = read_climbs(out / PARITY)
    lines = [
        "# A visit to a machine",
        "",
        "Written by `python -m benchmarks.perf.gpu` from the records beside it; docs/gpu.md explains them.",
        "",
        *_machine(races),
        *_failures(out / FAILURES),
        *_proofs(climbs),
        *[line for record in races for line in _race(record)],
        *_doctor(out / DOCTOR),
    ]
    write_text(out / PAGE, "\n".join(lines) + "\n")


def _machine(races: list[RaceRecord]) -> list[str]:
    if not races:
        return []
    record = races[0]
    host, software = record.host, record.environment
    named = ", ".join(f"{name} {version}" for name, version in software.versions.items())
    gpu = record.gpu
    device = f"{gpu.name}, driver {gpu.driver}, power limit {_number(gpu.power_limit_watts)} W" if gpu else "CPU"
    return [
        f"- device: {device}",
        f"- host: {host.processor}, {host.cores} cores, {host.memory_bytes / 2**30:.0f} GB",
        f"- software: Python {software.python}, {named}; commit {software.git_commit or 'unknown'}"
        f"{' with changes' if software.git_dirty else ''}",
        "",
    ]


def _failures(path: Path) -> list[str]:
    if not path.exists():
        return []
    return ["**Failed:**", "", *(f"- {line}" for line in path.read_text(encoding="utf-8").splitlines()), ""]


def _proofs(climbs: list[Climb]) -> list[str]:
    if not climbs:
        return []
    table = []
    for climb in climbs:
        errors = [_worst(climb, precision) for precision in ("fp64", "fp32")]
        held = climb.failure or f"{sum(row.passed for row in climb.rows)} of {len(climb.rows)}"
        table.append([climb.model, climb.engine, *errors, held])
    return [
        "## Proofs",
        "",
        "The parity ladder on this device, each engine against eager torch; the largest error of a weight, gradient or "
        "loss in float64, and of a gradient in float32.",
        "",
        markdown_table(["model", "engine", "float64", "float32", "rungs that hold"], table, numeric=(2, 3)),
        "",
    ]


def _worst(climb: Climb, precision: str) -> str:
    # planted mistakes are rungs, too: their errors are meant to be large
    rungs = [row for row in climb.rows if row.precision == precision and row.noticed_by is None]
    errors = [row.error for row in rungs if precision == "fp64" or row.rung == 4]
    return f"{max(errors):.1e}" if errors else "-"


def _race(record: RaceRecord) -> list[str]:
    cell = record.entries[0].cell
    rows = [row for row in race_rows(record) if row["race"] == record.label]
    training = cell.training
    few = "" if record.incarnations >= LEAST_FOR_INTERVAL else "; too few for an interval or a verdict"
    return [
        f"## {cell.model.name}",
        "",
        f"{training.image_size}x{training.image_size}, batches of {training.batch_size}; {record.incarnations} "
        f"incarnation{'s' if record.incarnations > 1 else ''}{few}. Reference: {record.reference}.",
        "",
        markdown_table(_HEADERS, [_line(row) for row in rows], numeric=range(1, 6)),
        "",
        *_gpu_line(record),
    ]


def _line(row: Row) -> list[str]:
    interval = f"{row['low']:.3f} to {row['high']:.3f}" if row["low"] is not None else "-"
    rates = [_number(row[key]) for key in ("iterations_per_second", "images_per_second")]
    ratio = "-" if row["ratio"] is None else f"{row['ratio']:.3f}"
    return [row["contender"], *rates, ratio, interval, _number(row["peak_memory_mb"]), row["verdict"]]


def _gpu_line(record: RaceRecord) -> list[str]:
    """How the GPU ran at the ends of the windows."""
    states = [window.gpu for window in record.windows if window.gpu is not None]
    if not states:
        return []
    clocks = [state.sm_clock_mhz for state in states if state.sm_clock_mhz is not None]
    powers = [state.power_watts for state in states if state.power_watts is not None]
    parts = [
        *([f"clock {min(clocks)} to {max(clocks)} MHz"] if clocks else []),
        *([f"median power {median(powers):.0f} W"] if powers else []),
        f"throttled in {sum(bool(state.throttling) for state in states)} of {len(states)} windows",
    ]
    return [f"At the ends of windows: {', '.join(parts)}.", ""]


def _doctor(path: Path) -> list[str]:
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    table = [[str(row[key]) for key in ("check", "state", "detail")] for row in rows]
    return ["## The doctor", "", markdown_table(["check", "state", "detail"], table), ""]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value < 100 else f"{value:,.0f}"
