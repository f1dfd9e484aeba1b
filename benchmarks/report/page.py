"""report.md: tables, the protocol below them, and the pictures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report.figures import Figure
from benchmarks.report.folder import ReportFolder
from benchmarks.report.footnotes import gap_notes
from benchmarks.report.formats import as_markdown
from benchmarks.report.gathered import Gathered
from benchmarks.report.tables import Tables
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.wording import title

_CELL = CellFolder(Path())
_FILMS = (_CELL.film_file.name, _CELL.true_size_film_file.name)
_PICTURES = {
    _CELL.animation_file.name: "samples of fixed noise, by epoch",
    _CELL.true_size_file.name: "the same, each in its own size",
    _CELL.nearest_file.name: "samples beside the training images that are nearest to them",
}


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
    if trainings := _trainings(folder, gathered):
        parts += ["## Each training", *trainings]
    return "\n\n".join(parts) + "\n"


def heading(gathered: Gathered) -> str:
    """What was compared: "dcgan, wgan on mnist-5k"."""
    cells = [*gathered.cells, *(entry.cell for race in gathered.races for entry in race.entries)]
    models, datasets = dict.fromkeys(cell.model.name for cell in cells), dict.fromkeys(cell.dataset for cell in cells)
    return f"{', '.join(models)} on {', '.join(datasets)}"


def _trainings(folder: ReportFolder, gathered: Gathered) -> list[str]:
    """What there is to say or to show of each training beyond its numbers."""
    parts = []
    for cell in gathered.cells:
        own = [*_trouble(gathered.by_id.get(cell.id)), *_shown(folder, folder.of(cell))]
        parts += [f"### {title(cell)}", *own] if own else []
    return parts


def _trouble(record: Record | None) -> list[str]:
    if record is None:
        return ["missing: it has not been trained to its end; `ganbench run` goes on with it."]
    return [f"{record.status}:\n\n```\n{record.reason}\n```"] if record.reason else []


def _shown(folder: ReportFolder, files: CellFolder) -> list[str]:
    """The cell's animations, or the last grid of samples where there are none; and its other pictures."""
    there = _names(files.path)
    shown = [f"[{name}]({folder.link(files.path / name)})" for name in _FILMS if name in there]
    if files.animation_file.name not in there and (grids := files.grid_files()):
        shown.append(f"![samples after epoch {max(grids)}]({folder.link(grids[max(grids)])})")
    return shown + [f"![{text}]({folder.link(files.path / name)})" for name, text in _PICTURES.items() if name in there]


def _names(folder: Path) -> set[str]:
    """What is in a folder: of thousands of cells that is told sooner than whether each picture is there."""
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()
