"""report.md: tables, the protocol below them, and the pictures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report.folder import ReportFolder
from benchmarks.report.footnotes import protocol_notes
from benchmarks.report.formats import as_markdown
from benchmarks.report.gathered import Gathered
from benchmarks.report.table import Table
from benchmarks.results.wording import title


def page(folder: ReportFolder, gathered: Gathered, tables: list[Table], figures: list[Path]) -> str:
    """The report as Markdown; `figures` are the pictures of several cells."""
    models = ", ".join(dict.fromkeys(cell.model.name for cell in gathered.cells))
    datasets = ", ".join(dict.fromkeys(cell.dataset for cell in gathered.cells))
    parts = [f"# {models} on {datasets}"]
    for table in tables:
        parts += [f"## {table.title}", as_markdown(table).rstrip()]
    parts += ["## Protocol", "\n".join(f"- {note}" for note in protocol_notes(gathered.records))]
    if figures:
        parts.append("## The same noise in every engine")
        parts += [f"![{path.stem}]({folder.link(path)})" for path in figures]
    parts += ["## Each training", *_trainings(folder, gathered)]
    return "\n\n".join(parts) + "\n"


def _trainings(folder: ReportFolder, gathered: Gathered) -> list[str]:
    parts = []
    for cell in gathered.cells:
        record, files = gathered.by_id.get(cell.id), folder.of(cell)
        parts.append(f"### {title(cell)}")
        if record is None:
            parts.append("missing: it has not been trained to its end; `ganbench run` goes on with it.")
        elif record.reason:
            parts.append(f"{record.status}:\n\n```\n{record.reason}\n```")
        for path, text in ((files.losses_file, "losses"), (files.animation_file, "samples of fixed noise, by epoch")):
            if path.exists():
                parts.append(f"![{text}]({folder.link(path)})")
    return parts
