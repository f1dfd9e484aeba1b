"""The harness: expands matrices to cells, trains each in its own process, times, scores, records and reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.report.loaded import Run


def load_run(*paths: Path | str) -> Run:
    """The run in a folder that `ganbench run` wrote, or several as one: docs/python.md.

    Raises:
        BadInput: no records there, or a damaged one.
    """
    from benchmarks.report.loaded import load_run as load  # brings pandas, which most commands need not wait for

    return load(*paths)
