"""`ganbench clean`: what a run no longer needs, and how much disk that is."""

from __future__ import annotations

from pathlib import Path

from benchmarks.cli.tables import show
from benchmarks.results.cleaning import remove, spare
from benchmarks.results.run_folder import RunFolder


def clean_run(path: Path, yes: bool, as_json: bool) -> None:
    """Show what can go of the run in `path`, and with `yes` delete it.

    Raises:
        BadInput: this is not a run folder, or a record in it is damaged.
    """
    found = spare(RunFolder(path))
    rows = [each.row for each in found]
    if yes:
        remove(found)
    if as_json:
        show(rows, as_json)
        return
    if not rows:
        print("Nothing to clean: all that is there is of use.")
        return
    show(rows, as_json)
    megabytes = sum(row["megabytes"] for row in rows)
    print(f"{megabytes:.1f} MB deleted." if yes else f"{megabytes:.1f} MB. Nothing was deleted: --yes does it.")
