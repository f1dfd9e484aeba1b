"""Tables as files: plain numbers for programs, text for people."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.report.formats import as_csv, as_html, as_latex, as_markdown, write_tables
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


def test_html_escapes_and_marks_numbers() -> None:
    page = as_html(TABLE)
    assert "<title>Scores</title>" in page
    assert '<td class="number">16.5 [15.1, 17.9]</td>' in page
    assert "<li>N = 20.</li>" in page
    odd = Table("x", "<b>", [Column("a & b")], [["<script>"]])
    assert "<script>" not in as_html(odd)
    assert "a &amp; b" in as_html(odd)


def test_latex_has_rules_and_no_bare_special_sign() -> None:
    odd = Table("x", "50 % of_all", [Column("a_b ↑", ("a",)), Column("c & d", wide=True)], [["1 #", "~^\\{}$"]])
    text = as_latex(odd)
    assert r"\caption{50 \% of\_all}" in text
    for rule in ("toprule", "midrule", "bottomrule"):
        assert f"\\{rule}" in text
    assert r"a\_b $\uparrow$ & c \& d" in text
    assert r"1 \# & \textasciitilde{}\textasciicircum{}\textbackslash{}\{\}\$" in text


def test_braces_and_backslashes_in_a_header_stay_what_they_are() -> None:
    table = Table("odd", "Odd", [Column("a{b"), Column("c}"), Column(r"d\e")], [["1", "2", "3"]])
    assert r"a\{b & c\} & d\textbackslash{}e" in as_latex(table)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    odd = Table(
        "x_1", "50 % ± 1 of_all", [Column("a_b ↑", ("a",)), Column("c & d", wide=True)], [["1 #", "~^\\{}$"]] * 90
    )
    write_tables(tmp_path, [TABLE, odd])
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "tables.pdf").read_bytes().startswith(b"%PDF")
