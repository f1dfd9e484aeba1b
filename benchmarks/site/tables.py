"""Tables of the site: text that people read, beside it the number that a column is sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report.summary import NONE, number
from benchmarks.results.rows import Row
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


def comparison_table(rows: Sequence[Row], name: str, caption: str, model_pages: bool = True) -> SiteTable:
    """Every quantity of a comparison with its interval and verdict, verdicts first."""
    headers = ("model", "data set", "engine", "quantity", "verdict", "ratio or difference", "interval", "against")
    return SiteTable(name, caption, headers, [_compared(row, model_pages) for row in rows])


def _compared(row: Row, model_pages: bool) -> list[Value]:
    interval = NONE if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
    over_all = row["dataset"] == "all"
    model = value(row["model"], href="" if over_all or not model_pages else f"models/{row['model']}.html")
    verdict = Value(row["verdict"], tone=tone(row["verdict"]))
    mean = f"x {number(row['value'])}" if row["form"] == "ratio" else f"{row['value']:+.3g}"
    ends = [model, value(row["dataset"]), value(row["engine"]), value(quantity_name(row["quantity"])), verdict]
    return [*ends, Value(mean, row["value"]), Value(interval), value(row["against"])]


def trainings_table(rows: Sequence[Row], name: str, caption: str, scores: dict[str, str]) -> SiteTable:
    """One line per training, from rows of the raw table; `scores` are names and headers of what to show of them."""
    several = len({row["dataset"] for row in rows}) > 1
    headers = (
        "model", *(["data set"] if several else []), "engine", "seed", *scores.values(), "epoch s", "images/s",
        "start-up s", "compile s", "peak MB", "status",
    )  # fmt: skip
    return SiteTable(name, caption, headers, [_trained(row, several, scores) for row in rows])


def _trained(row: Row, several: bool, scores: dict[str, str]) -> list[Value]:
    engine = " ".join([row["engine"], row["execution"], *([row["precision"]] if row["precision"] != "fp32" else [])])
    memory = row["peak_memory_bytes"]
    return [
        value(row["model"], href=f"models/{row['model']}.html"),
        *([value(row["dataset"])] if several else []),
        value(engine), value(row["seed"]), *(value(row.get(score)) for score in scores),
        value(row["epoch_seconds"]), value(row["images_per_second"], ".0f"),
        value(row["startup_seconds"], ".1f"), value(row["compile_seconds"], ".1f"),
        value(memory and memory / 2**20, ".0f"), value(row["status"]),
    ]  # fmt: skip
