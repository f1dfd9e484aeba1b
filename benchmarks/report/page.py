"""report.md: tables, the protocol below them, and the pictures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report.figures import Figure
from benchmarks.report.folder import ReportFolder
from benchmarks.report.footnotes import gap_notes
from benchmarks.report.formats import as_markdown
from benchmarks.report.gathered import Gathered
from benchmarks.report.tables import Tables
from benchmarks.results.wording import title


def page(folder: ReportFolder, gathered: Gathered, tables: Tables, figures: list[Figure], pictures: list[Path]) -> str:
    """The report as Markdown; `pictures` are those of samples of several cells."""
    parts = [f"# {heading(gathered)}"]
    for table in tables.first:
        parts += [f"## {table.title}", as_markdown(table).rstrip()]
    if gaps := gap_notes(gathered.records, gathered.missing, gathered.doubles):
        parts += ["## Gaps", "\n".join(f"- {note}" for note in gaps)]
    if figures:
        parts.append("## Figures")
        parts += [f"![{each.text}]({folder.link(each.stem)}.svg)" for each in figures]
    if pictures:
        parts.append("## The same noise in every engine")
        parts += [f"![{path.stem}]({folder.link(path)})" for path in pictures]
    if tables.behind:
        parts.append("## More numbers")
        for table in tables.behind:
            parts.append(f"<details><summary>{table.title}</summary>\n\n{as_markdown(table).rstrip()}\n\n</details>")
    if gathered.cells:
        parts += ["## Each training", *_trainings(folder, gathered)]
    return "\n\n".join(parts) + "\n"


def heading(gathered: Gathered) -> str:
    """What was compared: "dcgan, wgan on mnist-5k"."""
    cells = [*gathered.cells, *(entry.cell for race in gathered.races for entry in race.entries)]
    models, datasets = (dict.fromkeys(names) for names in zip(*((c.model.name, c.dataset) for c in cells), strict=True))
    return f"{', '.join(models)} on {', '.join(datasets)}"


def _trainings(folder: ReportFolder, gathered: Gathered) -> list[str]:
    parts = []
    for cell in gathered.cells:
        record, files = gathered.by_id.get(cell.id), folder.of(cell)
        parts.append(f"### {title(cell)}")
        if record is None:
            parts.append("missing: it has not been trained to its end; `ganbench run` goes on with it.")
        elif record.reason:
            parts.append(f"{record.status}:\n\n```\n{record.reason}\n```")
        for film in (files.film_file, files.true_size_film_file):
            if film.exists():
                parts.append(f"[{film.name}]({folder.link(film)})")
        for path, text in (
            (files.animation_file, "samples of fixed noise, by epoch"),
            (files.true_size_file, "the same, each in its own size"),
            (files.nearest_file, "samples beside the training images that are nearest to them"),
        ):
            if path.exists():
                parts.append(f"![{text}]({folder.link(path)})")
    return parts
