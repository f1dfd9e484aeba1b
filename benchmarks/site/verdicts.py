"""Verdicts against every contender: a page for each reference, so that to pick one is to follow a link, which works
without JavaScript and can be shared."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.report.gathered import Gathered
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.mixing import differences
from benchmarks.results.pairing import references
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import file_name


@dataclass(frozen=True)
class Against:
    """The comparison with one reference: its rows, and in what records differ that should not."""

    reference: str
    rows: list[Row]
    mixed: list[str]

    @property
    def page(self) -> str:
        """Where it lies on the site."""
        return f"verdicts/{file_name(self.reference)}.html"


def against_each(gathered: Gathered) -> list[Against]:
    """The comparisons with every contender that others can be compared with, torch eager first."""
    records, found = gathered.records, []
    for reference in references(records):
        rows = comparison_rows(records, aims=gathered.aims, reference=reference)
        mixed = differences(records, pairs_of(records, reference=reference))
        found.append(Against(reference, rows, mixed))
    return [each for each in found if each.rows]
