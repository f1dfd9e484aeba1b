"""`ganbench compare`: from run folders to the page, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.cli.tables import show
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.comparison_page import comparison_page, page_notes
from benchmarks.results.mixing import check_alike, differences, other_versions
from benchmarks.results.quantities import Pairs
from benchmarks.results.run_folder import RunFolder


def compare_runs(run: Path, newer: Path | None, *, long: bool, across: bool, as_json: bool) -> None:
    """Print the comparison of the engines of a run, or of a newer run with `run`, whose margins are then the newer's.

    Raises:
        BadInput: no records, runs without a common cell, or records that differ in more than what is compared
            (unless `across`, which says so on stderr).
    """
    first = RunFolder(run)
    second = None if newer is None else RunFolder(newer)
    records = first.records() if second is None else second.records()
    earlier = None if second is None else first.records()
    every, pairs = [*records, *(earlier or [])], pairs_of(records, earlier)
    if not across:
        check_alike(every, pairs)
    for text in differences(every, pairs):
        print(f"Compared across different {text}", file=sys.stderr)
    rows = comparison_rows(records, earlier, (second or first).aims())
    show(rows if long or as_json else comparison_page(rows), as_json)
    if not as_json:
        print("\n".join(page_notes(rows) + ([] if second is None else [_versions(pairs)])))


def _versions(pairs: Pairs) -> str:
    """What a comparison of two runs is about, as far as packages go."""
    found = other_versions(pairs)
    if not found:
        return "Both runs used the same versions of all packages."
    return f"Versions, of the earlier / of the later run: {', '.join(found)}."
