"""The one writer of Markdown tables."""

from __future__ import annotations

from benchmarks.results.markdown import markdown_table


def test_columns_are_aligned_and_bars_escaped() -> None:
    text = markdown_table(["a|b", "number"], [["x|y", "1"], ["two\nlines", "22"]], numeric={1})
    assert text.splitlines() == [
        r"| a\|b      | number |",
        r"| --------- | -----: |",
        r"| x\|y      |      1 |",
        r"| two lines |     22 |",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert markdown_table(["a", "long"], []).splitlines() == ["| a   | long |", "| --- | ---- |"]
