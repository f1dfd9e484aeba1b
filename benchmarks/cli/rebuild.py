"""`python -m benchmarks.cli.rebuild reports`: all that is made from published records, anew; trains nothing."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

from benchmarks.cli.compare import compare_runs
from benchmarks.report.build import build_report
from benchmarks.results.run_folder import RunFolder
from common.errors import GanbenchError
from common.files import write_text

_QUICK = "quick"  # what `make quick` leaves, which is nobody's to publish


def published(reports: Path) -> list[Path]:
    """The run folders below `reports`, or below `reports`/races, that have a report."""
    pages = [page for pattern in ("*/report.md", "races/*/report.md") for page in reports.glob(pattern)]
    return sorted(page.parent for page in pages if page.parent.name != _QUICK)


def comparisons(reports: Path) -> list[Path]:
    """The pages OLD-NEW.txt, each between two folders of races beside it."""
    return sorted(reports.glob("races/*-*.txt"))


def compared(page: Path) -> str:
    """What `ganbench compare OLD NEW` says for the page OLD-NEW.txt.

    Raises:
        BadInput: the two cannot be compared.
    """
    older, newer = (page.parent / name for name in page.stem.split("-"))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        compare_runs(older, newer, reference=None, long=False, across=False, as_json=False)
    return said.getvalue()


def main() -> None:
    """Rebuild what is below the folder named on the command line."""
    reports = Path(sys.argv[1])
    for folder in published(reports):
        build_report([RunFolder(folder)])
    for page in comparisons(reports):
        write_text(page, compared(page))


if __name__ == "__main__":
    try:
        main()
    except GanbenchError as problem:
        sys.exit(str(problem))
