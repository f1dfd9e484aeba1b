"""`ganbench report`: table.csv, table.md, figures and report.md of a run, from its records and samples alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report.footnotes import protocol_notes
from benchmarks.report.pictures import make_cell_pictures
from benchmarks.report.side_by_side import save_side_by_side
from benchmarks.report.summary import ordered, summary_table
from benchmarks.report.table import table_csv
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from benchmarks.results.wording import title
from common.files import write_text


def build_report(run: RunFolder) -> list[Record]:
    """Write the report of `run`; returns its records.

    Raises:
        BadInput: there are no records, or a damaged one.
    """
    records = ordered(run.records())
    for record in records:
        make_cell_pictures(run.of(record.cell), record.cell, record.training)
    figures = save_side_by_side(run, records)
    table = table_markdown(records)
    write_text(run.csv_file, table_csv(records))
    write_text(run.table_file, table)
    write_text(run.report_file, _report(run, records, table, figures))
    return records


def table_markdown(records: list[Record]) -> str:
    """table.md: the summary table and the notes below it."""
    notes = "\n".join(f"- {note}" for note in protocol_notes(records))
    return f"{summary_table(records).markdown()}\n\n{notes}\n"


def _report(run: RunFolder, records: list[Record], table: str, figures: list[Path]) -> str:
    models = ", ".join(dict.fromkeys(record.cell.model.name for record in records))
    datasets = ", ".join(dict.fromkeys(record.cell.dataset for record in records))
    parts = [f"# {models} on {datasets}", table.rstrip()]
    if figures:
        parts.append("## The same noise in every engine")
        parts += [f"![{path.stem}]({path.relative_to(run.path).as_posix()})" for path in figures]
    parts.append("## Each training")
    for record in records:
        parts.append(f"### {title(record.cell)}")
        folder = run.of(record.cell)
        if record.reason:
            parts.append(f"{record.status}:\n\n```\n{record.reason}\n```")
        animation = "samples of fixed noise, epoch by epoch"
        for path, text in ((folder.losses_file, "losses"), (folder.animation_file, animation)):
            if path.exists():
                parts.append(f"![{text}]({path.relative_to(run.path).as_posix()})")
    return "\n\n".join(parts) + "\n"
