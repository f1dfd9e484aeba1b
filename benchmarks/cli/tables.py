"""Results on the terminal: rows as a table or as JSON, and the end of a run with where to look."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.results.rows import Row
from common.errors import printable

if TYPE_CHECKING:  # both bring what most commands need not wait for
    from benchmarks.report.folder import ReportFolder
    from benchmarks.report.gathered import Gathered


def show(rows: list[Row], as_json: bool) -> None:
    """Print `rows` (all with the same keys): as a JSON list, or as a table whose headers are the keys."""
    if as_json:
        print(json.dumps(rows, indent=1, default=str))
        return
    if not rows:
        print("Nothing to show: no finished cells that belong together.")
        return
    headers = [key.replace("_", " ") for key in rows[0]]
    numeric = {i for i, value in enumerate(rows[0].values()) if isinstance(value, int | float)}
    _print(headers, [[_text(value) for value in row.values()] for row in rows], numeric)


def show_results(gathered: Gathered, folder: ReportFolder) -> None:
    """Print the summary table of what was reported, and which files to open."""
    from benchmarks.report.groups import groups
    from benchmarks.report.summary import compact_table

    table = compact_table(groups(gathered))
    _print([column.short or column.header for column in table.columns], table.texts, set(table.numeric))
    places = {"report": folder.report_file, "tables": folder.tables, "pictures": folder.figures}
    for name, path in {**places, "events": folder.tensorboard}.items():
        if path.exists():
            print(f"{name + ':':10}{_short(path)}")


def _print(headers: list[str], rows: list[list[str]], numeric: set[int]) -> None:
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width: nothing to fold, and no need to try
        _print_plain(headers, rows, numeric)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for index, header in enumerate(headers):
        table.add_column(header, justify="right" if index in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _print_plain(headers: list[str], rows: list[list[str]], numeric: set[int]) -> None:
    """The same table in plain letters, in a hundredth of the time."""
    every = [[each.split("\n") for each in line] for line in (headers, *rows)]
    widths = [max(len(part) for cell in column for part in cell) for column in zip(*every, strict=True)]
    lines = []
    for line in every:
        for parts in itertools.zip_longest(*line, fillvalue=""):
            cells = zip(parts, widths, range(len(widths)), strict=True)
            texts = [part.rjust(width) if index in numeric else part.ljust(width) for part, width, index in cells]
            lines.append(" " + "  ".join(texts))
        if line is every[0]:
            lines.append(" " + "-" * (sum(widths) + 2 * len(widths) - 2))
    print("\n".join(lines))


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    return f"{value:.4g}" if isinstance(value, float) else printable(str(value))
