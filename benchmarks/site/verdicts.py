"""Verdicts against every contender: a page for each reference, so that to pick one is to follow a link, which works
without JavaScript and can be shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.racing.record import RaceRecord
from benchmarks.report.gathered import Gathered
from benchmarks.report.races import race_notes, rows_of
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.comparison_page import page_notes
from benchmarks.results.mixing import differences
from benchmarks.results.pairing import references
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import file_name

RACED = "time in races"


@dataclass(frozen=True)
class Against:
    """The comparison with one reference: rows of races, then of trainings; its protocol; and in what records differ
    that should not."""

    reference: str
    rows: list[Row]
    notes: list[str]
    mixed: list[str]

    @property
    def page(self) -> str:
        """Where it lies on the site."""
        return f"verdicts/{file_name(self.reference)}.html"


def against_each(gathered: Gathered) -> list[Against]:
    """The comparisons with every contender that others can be compared with, torch eager first."""
    raced = [entry.name for race in gathered.races for entry in race.entries if not entry.control]
    found = [_against(gathered, each) for each in dict.fromkeys([*references(gathered.records), *raced])]
    return [each for each in found if each.rows]


def _against(gathered: Gathered, reference: str) -> Against:
    records, races = gathered.records, _turned(gathered.races, reference)
    trained, mixed = [], []
    if reference in references(records):
        trained = comparison_rows(records, aims=gathered.aims, reference=reference)
        mixed = differences(records, pairs_of(records, reference=reference))
    notes = [*(race_notes(races) if races else []), *page_notes(trained)]
    return Against(reference, [*_raced(races, reference), *trained], notes, mixed)


def _turned(races: Sequence[RaceRecord], reference: str) -> list[RaceRecord]:
    """The races in which `reference` took part, as if the others had been compared with it.

    They ended when the ratios to another one were precise: intervals cover at least as often (simulated), but may be
    wider than was asked for.
    """
    return [
        race.model_copy(update={"reference": reference})
        for race in races
        if any(entry.name == reference and not entry.control for entry in race.entries)
    ]


def _raced(races: list[RaceRecord], reference: str) -> list[Row]:
    """Ratios of races as rows of a comparison."""
    margins = {race.label: race.rules.margin for race in races}
    return [
        {
            "model": row["model"], "dataset": row["dataset"], "engine": row["contender"],
            "variant": row["variant"] or "", "against": reference, "quantity": RACED, "main": True, "form": "ratio",
            "value": row["ratio"], "low": row["low"], "high": row["high"], "level": row["level"],
            "replicates": row["incarnations"], "replicate": "incarnation" if row["incarnations"] else "race",
            "margin": margins.get(row["race"], races[0].rules.margin), "margin_from": "race",
            "verdict": row["verdict"], "process_noise": None, "seed_noise": None,
        }
        for row in rows_of(races)
        if not row["control"] and row["verdict"] != "reference"
    ]  # fmt: skip
