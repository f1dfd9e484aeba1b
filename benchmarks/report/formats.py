"""Tables as files: Markdown, CSV, LaTeX and HTML."""

from __future__ import annotations

import csv
import html
import io
from pathlib import Path

import pandas as pd

from benchmarks.report.table import Column, Content, Table
from benchmarks.results.markdown import markdown_table
from common.files import write_text

_DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{booktabs,longtable}
\usepackage[a4paper,landscape,margin=15mm]{geometry}
\begin{document}
%s
\end{document}
"""
# what text fonts of LaTeX lack
_SIGNS = {"↑": r"$\uparrow$", "↓": r"$\downarrow$", "±": r"$\pm$", "≤": r"$\leq$"}
_STYLE = (
    "body{font:15px/1.45 sans-serif;margin:2em}table{border-collapse:collapse}"
    "th,td{padding:.25em .8em;text-align:left;border-bottom:1px solid #ccc}th{border-bottom:2px solid #444}"
    ".number{text-align:right;font-variant-numeric:tabular-nums}"
)


def write_tables(folder: Path, tables: list[Table]) -> None:
    """Write each table below `folder` in every form under its name, and tables.tex, a document of all of them."""
    for table in tables:
        for ending, form in FORMS.items():
            write_text(folder / f"{table.name}.{ending}", form(table))
    if tables:
        inputs = "\n".join(rf"\input{{{table.name}.tex}}" for table in tables)
        write_text(folder / "tables.tex", _DOCUMENT % inputs)


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


def as_latex(table: Table) -> str:
    """The table with booktabs' rules as a longtable, which breaks over pages; to be \\input, as tables.tex does."""
    frame = pd.DataFrame([[_latex(text) for text in row] for row in table.texts])
    form = "".join("p{0.3\\linewidth}" if column.wide else "r" if column.parts else "l" for column in table.columns)
    body = frame.to_latex(
        index=False,
        header=[_latex(text).replace("{", "{{").replace("}", "}}") for text in table.headers],  # they are formats
        escape=False,
        column_format=form,
        longtable=True,
        caption=_latex(table.title),
        label=f"tab:{table.name}",
    )
    notes = "\n".join(rf"\item {_latex(note)}" for note in table.notes)
    below = f"\n{{\\footnotesize\\begin{{itemize}}\n{notes}\n\\end{{itemize}}}}\n" if notes else ""
    return f"{{\\small\n{body}}}{below}"


def as_html(table: Table) -> str:
    """A page of the table and its notes alone."""
    head = f'<meta charset="utf-8"><title>{html.escape(table.title)}</title><style>{_STYLE}</style>'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n<h1>{html.escape(table.title)}</h1>\n'
        f"{html_table(table)}\n{html_notes(table)}</body></html>\n"
    )


def html_table(table: Table) -> str:
    """The table as an HTML element; columns of numbers have the class "number"."""

    def line(texts: list[str], tag: str) -> str:
        kinds = [' class="number"' if i in table.numeric else "" for i in range(len(texts))]
        cells = zip(texts, kinds, strict=True)
        return "<tr>" + "".join(f"<{tag}{kind}>{html.escape(text)}</{tag}>" for text, kind in cells) + "</tr>"

    rows = "\n".join(line(row, "td") for row in table.texts)
    return f"<table>\n<thead>\n{line(table.headers, 'th')}\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def html_notes(table: Table) -> str:
    """The notes as an HTML list; empty without any."""
    notes = "\n".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    return f"<ul>\n{notes}\n</ul>\n" if notes else ""


def _latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    known = {**special, **{sign: f"\\{sign}" for sign in "&%$#_{}"}, **_SIGNS}
    return "".join(known.get(sign, sign) for sign in text)


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


FORMS = {"md": as_markdown, "csv": as_csv, "tex": as_latex, "html": as_html}
