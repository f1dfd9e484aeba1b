"""A table that is written in several forms: what its cells hold, and how numbers are printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

NONE = "-"


def number(value: float | None) -> str:
    """Three significant digits: 0.0512, 1.93, 48.2, 1234; an exponent only below 0.0001."""
    if value is None:
        return NONE
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:.{max(0, 2 - int(f'{value:e}'.partition('e')[2]))}f}"


def fixed(digits: int) -> Callable[[float | None], str]:
    """A form with so many digits after the point."""
    return lambda value: NONE if value is None else f"{value:.{digits}f}"


@dataclass(frozen=True)
class Value:
    """A number, its interval if it has one, and how it is printed."""

    value: float | None
    low: float | None = None
    high: float | None = None
    form: Callable[[float | None], str] = number

    def text(self) -> str:
        """As "16.5 [15.1, 17.9]"; "-" where there is nothing."""
        if self.low is None or self.high is None:
            return self.form(self.value)
        return f"{self.form(self.value)} [{self.form(self.low)}, {self.form(self.high)}]"


# what a cell holds: words, or the numbers of its column, printed as "0.590 / 0.371"
Content = str | tuple[Value, ...]


@dataclass(frozen=True)
class Column:
    """The head of a column; `parts` name the numbers that its cells hold, none for a column of words.

    `short` is the header on a terminal, where lines may break. A `wide` column holds sentences.
    """

    header: str
    parts: tuple[str, ...] = ()
    short: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: of its files.
        title: what it shows, in a few words.
        rows: each with as many cells as there are columns.
        notes: the protocol below it, one statement each.
    """

    name: str
    title: str
    columns: list[Column]
    rows: list[list[Content]]
    notes: list[str] = field(default_factory=list)

    @property
    def headers(self) -> list[str]:
        """The headers as text."""
        return [column.header for column in self.columns]

    @property
    def texts(self) -> list[list[str]]:
        """The rows as text."""
        return [[content_text(content) for content in row] for row in self.rows]

    @property
    def numeric(self) -> frozenset[int]:
        """The indices of the columns that hold numbers."""
        return frozenset(index for index, column in enumerate(self.columns) if column.parts)

    @property
    def tells(self) -> bool:
        """Whether there is anything in it beside names: a number or a sentence."""
        told = [index for index, column in enumerate(self.columns) if column.wide or column.parts]
        return any(row[index] != NONE for row in self.texts for index in told)

    def without_empty(self, keep: int) -> Table:
        """The same without columns that tell nothing in any row; the first `keep` stay."""
        texts = self.texts
        told = [i for i in range(len(self.columns)) if i < keep or any(row[i] not in ("", NONE) for row in texts)]
        return Table(
            self.name,
            self.title,
            [self.columns[i] for i in told],
            [[row[i] for i in told] for row in self.rows],
            self.notes,
        )


def content_text(content: Content) -> str:
    """A cell as text; "-" if none of its numbers is there."""
    if isinstance(content, str):
        return content
    parts = [value.text() for value in content]
    return NONE if all(part == NONE for part in parts) else " / ".join(parts)
