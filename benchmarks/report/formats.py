"""Tables as files: Markdown and CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from benchmarks.report.table import Column, Content, Table
from benchmarks.results.markdown import markdown_table
from common.files import write_text


def write_table(folder: Path, table: Table) -> None:
    """Write `table` below `folder` in every form, under its name."""
    for ending, form in FORMS.items():
        write_text(folder / f"{table.name}.{ending}", form(table))


def as_markdown(table: Table) -> str:
    """The table and its notes in GitHub's Markdown."""
    notes = "\n".join(f"- {note}" for note in table.notes)
    return "\n\n".join(filter(None, [markdown_table(table.headers, table.texts, table.numeric), notes])) + "\n"


def as_csv(table: Table) -> str:
    """Plain numbers, unrounded: of each one that has an interval somewhere in its column three, "fid, low" among them.

    The notes are not in it, so that programs can read it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    wide = [_has_interval(table, index) for index in range(len(table.columns))]
    writer.writerow([name for column, ends in zip(table.columns, wide, strict=True) for name in _names(column, ends)])
    for row in table.rows:
        cells = zip(table.columns, row, wide, strict=True)
        writer.writerow([value for column, content, ends in cells for value in _values(column, content, ends)])
    return text.getvalue()


def _has_interval(table: Table, index: int) -> bool:
    contents = (row[index] for row in table.rows)
    return any(value.low is not None for content in contents if isinstance(content, tuple) for value in content)


def _names(column: Column, ends: bool) -> list[str]:
    if not column.parts:
        return [column.header]
    return [name for part in column.parts for name in ([part, f"{part}, low", f"{part}, high"] if ends else [part])]


def _values(column: Column, content: Content, ends: bool) -> list[object]:
    width = max(1, len(column.parts)) * (3 if ends else 1)
    if isinstance(content, str):
        return [content, *[None] * (width - 1)]
    return [end for each in content for end in ([each.value, each.low, each.high] if ends else [each.value])]


FORMS = {"md": as_markdown, "csv": as_csv}
