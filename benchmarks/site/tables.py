"""Tables of the site: text that people read, beside it the number that a column is sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report.table import NONE, Content, Table, content_text, number
from benchmarks.results.comparison_page import label, verdict_text
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import file_name
from benchmarks.site.words import quantity_name, tone


@dataclass(frozen=True)
class Value:
    """One cell: its text, what it is sorted by (None: the text), what is proven ("" where that is no question), and
    the page it leads to."""

    text: str
    order: float | None = None
    tone: str = ""
    href: str = ""


@dataclass(frozen=True)
class SiteTable:
    """A table under a caption; `name` is unique on its page."""

    name: str
    caption: str
    headers: tuple[str, ...]
    rows: list[list[Value]]

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers."""
        return [any(row[i].order is not None for row in self.rows) for i in range(len(self.headers))]


def value(content: Any, digits: str | None = None, href: str = "") -> Value:
    """A cell of anything: numbers with three significant digits or as `digits` says (".1f"), None as a dash."""
    if content is None:
        return Value(NONE)
    if isinstance(content, bool) or not isinstance(content, int | float):
        return Value(str(content), href=href)
    text = f"{content:{digits}}" if digits else str(content) if isinstance(content, int) else number(content)
    return Value(text, float(content), href=href)


def verdict_table(rows: Sequence[Row], name: str, caption: str) -> SiteTable:
    """One line per model, data set and contender, a column for each main quantity: number and interval above the
    verdict, in the colour of what is proven. Geometric means over models stand last."""
    columns = list(dict.fromkeys(row["quantity"] for row in rows if row["main"]))
    lines: dict[tuple[str, str, str], dict[str, Value]] = {}
    for row in rows:
        if row["main"]:
            line = lines.setdefault((row["model"], row["dataset"], label(row)), {})
            line[row["quantity"]] = Value(verdict_text(row), row["value"], tone(row["verdict"]))
    headers = ("model", "data set", "contender", *map(quantity_name, columns))
    cells = [[*_whose(*who), *(line.get(each, Value(NONE)) for each in columns)] for who, line in lines.items()]
    return SiteTable(name, caption, headers, cells)


def comparison_table(rows: Sequence[Row], name: str, caption: str) -> SiteTable:
    """Every quantity of a comparison with its interval and verdict, a line each, verdicts first."""
    headers = ("model", "data set", "contender", "quantity", "verdict", "ratio or difference", "interval")
    return SiteTable(name, caption, headers, [_compared(row) for row in rows])


def _compared(row: Row) -> list[Value]:
    interval = NONE if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
    verdict = Value(row["verdict"], tone=tone(row["verdict"]))
    mean = NONE
    if row["value"] is not None:
        mean = f"x {number(row['value'])}" if row["form"] == "ratio" else f"{row['value']:+.3g}"
    whose = _whose(row["model"], row["dataset"], label(row))
    return [*whose, value(quantity_name(row["quantity"])), verdict, Value(mean, row["value"]), Value(interval)]


def _whose(model: str, dataset: str, contender: str) -> list[Value]:
    if dataset == "all":
        return [Value(f"{model}, mean"), Value(dataset), Value(contender)]
    return [Value(model, href=model_page(model)), Value(dataset), Value(contender)]


def report_table(table: Table) -> SiteTable:
    """A table of the report: numbers sorted by their first part, models leading to their pages."""
    models = table.headers.index("model") if "model" in table.headers else -1
    rows = []
    for row in table.rows:
        linked = -1 if row[0] == "real data" else models
        rows.append([_content(content, index == linked) for index, content in enumerate(row)])
    return SiteTable(table.name, table.title, tuple(table.headers), rows)


def _content(content: Content, linked: bool) -> Value:
    text = content_text(content)
    first = content[0].value if isinstance(content, tuple) and content else None
    return Value(text, first, href=model_page(text) if linked else "")


def model_page(name: str) -> str:
    """Where the page of a model lies."""
    return f"models/{file_name(name)}.html"
