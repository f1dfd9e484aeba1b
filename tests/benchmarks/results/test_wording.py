"""Short texts: titles, durations, failures in one line."""

from __future__ import annotations

import pytest

from benchmarks.machine.child import ChildEnd
from benchmarks.results.wording import brief, duration, title
from common.specs.cell import Cell


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (185, "3 min 05 s"), (7620, "2 h 07 min"), (3599.9, "1 h 00 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_title_tells_cells_apart(cells: list[Cell]) -> None:
    assert [title(cell) for cell in cells] == [
        "dcgan on mnist-5k, torch (eager), seed 0",
        "dcgan on mnist-5k, keras-tf (graph), seed 0",
    ]


def test_brief_keeps_the_sentence_and_the_error() -> None:
    end = ChildEnd(1, stderr_tail=("Traceback (most recent call last):", '  File "x.py"', "ValueError: wrong"))
    assert brief(end.describe()) == "The process ended with exit code 1. ValueError: wrong"
    assert brief("No data.") == "No data."
    assert brief(None) is None
