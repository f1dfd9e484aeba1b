"""Tables as files: plain numbers for programs, text for people."""

from __future__ import annotations

import csv
import io

from benchmarks.report.formats import as_csv, as_markdown
from benchmarks.report.table import Column, Table, Value

TABLE = Table(
    "scores",
    "Scores",
    [Column("engine"), Column("FID ↓", ("FID",)), Column("P / R", ("P", "R")), Column("status")],
    [
        ["torch | x", (Value(16.512345, 15.1, 17.9),), (Value(0.5), Value(0.25)), "finished"],
        ["keras", (Value(None),), "0.1 or 0.2 / -", "failed"],
    ],
    ["N = 20."],
)


def test_csv_has_unrounded_numbers_and_the_ends_of_intervals() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(TABLE))))
    assert list(rows[0]) == ["engine", "FID", "FID, low", "FID, high", "P", "R", "status"]
    assert list(rows[0].values()) == ["torch | x", "16.512345", "15.1", "17.9", "0.5", "0.25", "finished"]
    assert list(rows[1].values()) == ["keras", "", "", "", "0.1 or 0.2 / -", "", "failed"]


def test_markdown_has_rounded_numbers_intervals_and_notes() -> None:
    text = as_markdown(TABLE)
    assert "| torch \\| x | 16.5 [15.1, 17.9] |  0.500 / 0.250 | finished |" in text
    assert text.endswith("\n\n- N = 20.\n")


def test_columns_that_tell_nothing_can_be_left_out() -> None:
    table = Table("x", "x", [Column("a"), Column("b", ("b",))], [["-", (Value(None),)], ["-", (Value(None),)]])
    assert table.without_empty(keep=1).headers == ["a"]
    assert not table.tells
