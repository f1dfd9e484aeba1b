"""`ganbench report`: table.csv, table.md, figures and report.md of a run, from its records and samples alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report.footnotes import protocol_notes
from benchmarks.report.pictures import make_cell_pictures
from benchmarks.report.side_by_side import save_side_by_side
from benchmarks.report.summary import ordered, summary_table
from benchmarks.report.table import table_csv
from benchmarks.results.folders import cell_folder
from benchmarks.results.records import Record, Training, load_records
from benchmarks.results.wording import title
from common.files import write_text


def build_report(run: Path) -> list[Record]:
    """Write the report of the run folder `run`; returns its records.

    Raises:
        BadInput: there are no records, or a damaged one.
    """
    records = ordered(load_records(run))
    for record in records:
        folder = cell_folder(run, record.cell)
        make_cell_pictures(folder, record.cell, _training(record))
    figures = save_side_by_side(run, records)
    table = table_markdown(records)
    write_text(run / "table.csv", table_csv(records))
    write_text(run / "table.md", table)
    write_text(run / "report.md", _report(run, records, table, figures))
    return records


def table_markdown(records: list[Record]) -> str:
    """table.md: the summary table and the notes below it."""
    notes = "\n".join(f"- {note}" for note in protocol_notes(records))
    return f"{summary_table(records).markdown()}\n\n{notes}\n"


def _training(record: Record) -> Training | None:
    if record.clocks is None or record.hardware is None or not record.iterations_per_epoch:
        return None
    return Training(
        clocks=record.clocks,
        losses=record.losses,
        hardware=record.hardware,
        iterations_per_epoch=record.iterations_per_epoch,
        images_per_iteration=record.images_per_iteration or 0,
        parameters=record.parameters,
        resumed_at_epochs=record.resumed_at_epochs,
    )


def _report(run: Path, records: list[Record], table: str, figures: list[Path]) -> str:
    models = ", ".join(dict.fromkeys(record.cell.model.name for record in records))
    datasets = ", ".join(dict.fromkeys(record.cell.dataset for record in records))
    parts = [f"# {models} on {datasets}", table.rstrip()]
    if figures:
        parts.append("## The same noise in every engine")
        parts += [f"![{path.stem}]({path.relative_to(run).as_posix()})" for path in figures]
    parts.append("## Each training")
    for record in records:
        parts.append(f"### {title(record.cell)}")
        folder = cell_folder(run, record.cell).path
        if record.reason:
            parts.append(f"{record.status}:\n\n```\n{record.reason}\n```")
        for name, text in (("losses.png", "losses"), ("training.gif", "samples of fixed noise, epoch by epoch")):
            if (folder / name).exists():
                parts.append(f"![{text}]({(folder / name).relative_to(run).as_posix()})")
    return "\n\n".join(parts) + "\n"
