"""All tables of a report: those that stand first, those behind, and the plain numbers for programs."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.report.footnotes import score_notes, time_notes
from benchmarks.report.gathered import Gathered
from benchmarks.report.groups import groups
from benchmarks.report.published import published_table
from benchmarks.report.races import more_race_table, race_notes, race_table, rows_of, switch_table
from benchmarks.report.raw import table_rows
from benchmarks.report.summary import more_scores_table, more_speed_table, scores_table, speed_table
from benchmarks.report.table import Table
from benchmarks.report.verdicts import verdict_table
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.comparison_page import page_notes
from benchmarks.results.mixing import differences
from benchmarks.results.rows import Row


@dataclass(frozen=True)
class Tables:
    """`first` are for every reader, `behind` for those who want all of it, `raw` has rows of plain numbers by name.

    `silent` names those that would tell nothing and are left out.
    """

    first: list[Table]
    behind: list[Table]
    raw: dict[str, list[Row]]
    silent: list[str]


def make_tables(gathered: Gathered) -> Tables:
    """Every table that has something to tell, with the protocol below it."""
    records, made = gathered.records, groups(gathered)
    comparison, races = comparison_rows(records, aims=gathered.aims), rows_of(gathered.races)
    scored, timed, raced = score_notes(records), time_notes(records), race_notes(gathered.races)
    mixed = [f"Compared across different {text}." for text in differences(records, pairs_of(records))]
    judged = [*page_notes(comparison), *mixed, *(raced if races else [])]
    speed = speed_table(made, timed)
    has_times = any(record.training and record.training.clocks for record in records)
    first = [
        verdict_table(comparison, races, judged),
        scores_table(made, scored),
        switch_table(gathered.races, raced),
        race_table(races, raced),
        *([speed] if has_times else []),
    ]
    behind = [
        *([] if has_times else [speed]),  # but for memory it is blank
        more_scores_table(made, scored),
        more_race_table(races, gathered.races, raced),
        more_speed_table(made, timed),
        published_table(made),
    ]
    raw = {"cells": table_rows(records), "comparison": comparison, "races": races}
    return Tables(
        [table for table in first if table.tells],
        [table for table in behind if table.tells],
        {name: rows for name, rows in raw.items() if rows},
        [*(table.name for table in (*first, *behind) if not table.tells), *(name for name in raw if not raw[name])],
    )
