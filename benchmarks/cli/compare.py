"""`ganbench compare`: from run folders to the page, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.cli.tables import show
from benchmarks.racing.changes import Pair, change_rows, paired_races, race_differences
from benchmarks.racing.record import load_races
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.comparison_page import comparison_page, page_notes
from benchmarks.results.mixing import check_alike, differences, other_versions
from benchmarks.results.pairing import REFERENCE
from benchmarks.results.regressions import regressions
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput


def compare_runs(
    run: Path,
    newer: Path | None,
    *,
    reference: str | None,
    long: bool,
    across: bool,
    as_json: bool,
    fail: bool = False,
) -> int:
    """Print the comparison of the engines of a run with `reference` (None: torch eager), or of a newer run with `run`,
    whose margins are then the newer's: of the races that both held, and of the cells that both trained.

    Returns:
        The exit code: 0, or with `fail` 1 if the newer run is proven slower or worse, which is said on stderr.

    Raises:
        BadInput: no records, runs without a common cell or race, or records that differ in more than what is compared
            (unless `across`, which says so on stderr); a reference that the run has not, or one beside two runs; `fail`
            with one run.
    """
    if newer is not None and reference is not None:
        raise BadInput("Two runs are compared cell by cell, without a --reference: give one run, or leave it out.")
    if newer is None and fail:
        raise BadInput("--fail asks whether a later run is slower or worse than an earlier one: give OLD and NEW.")
    first, second = RunFolder(run), None if newer is None else RunFolder(newer)
    races = [] if second is None else paired_races(load_races(first), load_races(second))
    raced = _compare_races(races, across=across) if races else []
    if races and not all(each and each.record_files() for each in (first, second)):
        compared: tuple[list[Row], list[Row], list[str]] = ([], [], [])
    else:
        compared = _compare_cells(first, second, reference or REFERENCE, across=across)
    rows, page, notes = compared
    if as_json:
        show([*raced, *rows], True)
    else:
        if raced:
            show([_short(row) for row in raced] if not long else raced, False)
            print("\n".join(_race_notes(raced, races)))
        if rows or not raced:
            show(rows if long else page, False)
            print("\n".join(notes))
    return _end(regressions(rows, raced)) if fail else 0


def _end(found: list[str]) -> int:
    """The exit code of `--fail`, with what was found."""
    if found:
        print(f"The later run is proven slower or worse, beyond the margin: {'; '.join(found)}.", file=sys.stderr)
    return 1 if found else 0


def _compare_cells(
    first: RunFolder, second: RunFolder | None, reference: str, *, across: bool
) -> tuple[list[Row], list[Row], list[str]]:
    """(rows, their page, what stands below it) of the cells of a run, or of two."""
    records = first.records() if second is None else second.records()
    earlier = None if second is None else first.records()
    every, pairs = [*records, *(earlier or [])], pairs_of(records, earlier, reference)
    if not across:
        check_alike(every, pairs)
    for text in differences(every, pairs):
        print(f"Compared across different {text}", file=sys.stderr)
    rows = comparison_rows(records, earlier, (second or first).aims(), reference)
    versions = []
    if second is not None:
        versions.append(_versions("runs", other_versions((base.environment, mine.environment) for mine, base in pairs)))
    return rows, comparison_page(rows), [*page_notes(rows), *versions]


def _compare_races(races: list[Pair], *, across: bool) -> list[Row]:
    found = race_differences(races)
    if found and not across:
        raise BadInput(
            f"These races differ in their {'; '.join(found)}, so what became of a ratio would be about that as well: "
            "compare races that agree, or give --across."
        )
    for text in found:
        print(f"Compared across different {text}", file=sys.stderr)
    return change_rows(races)


def _short(row: Row) -> Row:
    """A line that fits a terminal: each ratio with its interval."""
    ratios = {when: _interval(row[when], row[f"{when}_low"], row[f"{when}_high"]) for when in ("earlier", "later")}
    change = {"later / earlier": _interval(row["change"], row["low"], row["high"])}
    who = {key: row[key] for key in ("model", "dataset", "contender")}
    return {**who, **ratios, **change, "verdict": row["verdict"]}


def _interval(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.3f}" if low is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _race_notes(rows: list[Row], races: list[Pair]) -> list[str]:
    level, margin = rows[0]["level"], rows[0]["margin"]
    return [
        "Races: each contender's time over the reference's of the same race, and the later such ratio over the earlier "
        f"(above 1: slower now), with Welch's intervals at {100 * level:g} %; equal is within {100 * margin:g} %. "
        "Verdicts are corrected together (Holm).",
        _versions("races", other_versions((old.environment, new.environment) for old, new in races)),
    ]


def _versions(what: str, found: list[str]) -> str:
    """What a comparison of two runs is about, as far as packages go."""
    if not found:
        return f"Both {what} used the same versions of all packages."
    return f"Versions, of the earlier / of the later: {', '.join(found)}."
