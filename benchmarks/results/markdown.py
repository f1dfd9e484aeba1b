"""Tables in GitHub's Markdown, padded so that they read well as plain text too."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]], numeric: Collection[int] = ()) -> str:
    """A header, a rule and a line per row, each with as many cells as there are headers.

    Args:
        headers, rows: any text; a | is escaped and a line break becomes a blank.
        numeric: numbers of the columns that are aligned to the right.
    """
    lines = [[text.replace("|", "\\|").replace("\n", " ") for text in line] for line in (headers, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * (width - 1) + ":" if i in numeric else "-" * width for i, width in enumerate(widths)]
    padded = [
        [text.rjust(width) if i in numeric else text.ljust(width) for i, (text, width) in enumerate(pairs)]
        for pairs in (zip(line, widths, strict=True) for line in lines)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [padded[0], rule, *padded[1:]])
