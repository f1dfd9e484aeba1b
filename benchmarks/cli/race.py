"""What `ganbench race` does: holds the races that a matrix makes up, one after the other, and shows who is faster."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from benchmarks.cli.chosen import InterruptedRunError, MatrixOptions, choose, interrupt
from benchmarks.cli.tables import show
from benchmarks.pictures.sweep import save_sweeps
from benchmarks.racing.entries import groups, with_controls
from benchmarks.racing.race import contender_command, race
from benchmarks.racing.record import RaceRecord, Rules
from benchmarks.racing.rows import controls_hold, race_rows
from benchmarks.results.aims import as_share
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import RACES
from common.data.loading import load_dataset
from common.errors import BadInput
from common.specs.cell import Cell

_SHOWN = (
    *("model", "dataset", "variant", "contender", "iterations_per_second", "images_per_second", "ratio", "low", "high"),
    *(
        "verdict",
        "compile_seconds",
        "startup_seconds",
        "peak_memory_mb",
        "peak_share",
        "incarnations",
        "windows",
        "marked",
    ),
)


@dataclass(frozen=True)
class RaceOptions(MatrixOptions):
    """What the user asked for; see `ganbench race --help`. `minutes` are per race: a matrix holds one per model,
    data set and variant."""

    precision: str = "1%"
    minutes: float = 10.0
    window: float = 1.0
    rounds: int = 2
    incarnations: int = 8
    margin: str = "5%"
    controls: bool = False


def run_race(options: RaceOptions) -> int:
    """Hold the races of the matrix; returns the exit code: 0, or 1 if a contender was lost or a control failed.

    Raises:
        BadInput: the matrix, an option, a data set or the folder cannot be used.
        GanbenchError: the disk is full.
        InterruptedRunError: the user (Ctrl-C) or the system (SIGTERM) ended it; whole incarnations are kept.
    """
    rules, chosen = _rules(options), choose(options)
    if len(chosen.devices) > 1:
        raise BadInput(f"--device {options.device}: contenders race on one device; name one.")
    races = groups(chosen.cells)
    if options.controls:
        races = {label: with_controls(entries) for label, entries in races.items()}
    if options.dry_run:
        rows = [{"race": label, "contender": each.name} for label, entries in races.items() for each in entries]
        show(rows, options.as_json)
        return 0
    folder = chosen.run.path / RACES
    command = contender_command(options.data_dir, options.cache_dir, options.threads)
    signal.signal(signal.SIGTERM, interrupt)
    records = []
    try:
        for entries in races.values():
            _prepare(entries[0].cell, options)
        for number, (label, entries) in enumerate(races.items(), start=1):
            _say(f"race {number} of {len(races)}: {label}, {len(entries)} contenders")
            records.append(race(label, entries, rules, folder / label, command, _say, chosen.devices[0]))
    except KeyboardInterrupt:
        raise InterruptedRunError("interrupted; the same command goes on after the last whole incarnation.") from None
    return _show_end(records, options, folder)


def parse_share(option: str, text: str) -> float:
    """A share as people write it: "1%", "1 %" or 0.01.

    Raises:
        BadInput: neither.
    """
    share = as_share(text)
    if share is None:
        raise BadInput(f"--{option} {text}: give a share between 0 and 1, as in --{option} 1% or --{option} 0.01.")
    return share


def _rules(options: RaceOptions) -> Rules:
    fields = {
        "precision": parse_share("precision", options.precision),
        "margin": parse_share("margin", options.margin),
        "minutes": options.minutes,
        "window_seconds": options.window,
        "rounds": options.rounds,
        "incarnations": options.incarnations,
    }
    try:
        return Rules.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).partition("_")[0]
        raise BadInput(f"--{name}: {first['msg']} (got {first['input']!r}).") from error


def _prepare(cell: Cell, options: RaceOptions) -> None:
    """Make sure that the data can be used before anything is timed, and that no contender has to prepare them."""
    training = cell.training
    load_dataset(
        cell.dataset,
        image_size=training.image_size,
        resize=training.resize,
        data_dir=options.data_dir,
        cache_dir=options.cache_dir,
    )


def _show_end(records: list[RaceRecord], options: RaceOptions, folder: Path) -> int:
    rows = race_rows(*records)
    show(rows if options.as_json else [_shown(row, rows) for row in rows], options.as_json)
    for contender, region in dict.fromkeys((row["contender"], row["region"]) for row in rows if not row["control"]):
        if region not in (None, "nothing"):
            _say(f"{contender}: compiled as one is {region}")
    for row in rows:
        if row["peak_reason"]:
            _say(f"{row['contender']}: no share of a peak, {row['peak_reason']}")
    for stem in save_sweeps(folder, rows, records[0].rules.margin):
        _say(f"figure: {stem}.svg and .png")
    lost = any(row["verdict"].startswith("out: ") for row in rows)
    for record in records:
        _say(f"{record.label}: {record.state} after {record.incarnations} incarnations")
    return 1 if lost or not controls_hold(rows) else 0


def _shown(row: Row, rows: list[Row]) -> Row:
    """What fits a terminal; the variant only where there are some."""
    several = any(each["variant"] for each in rows)
    return {key: row[key] for key in _SHOWN if key != "variant" or several}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
