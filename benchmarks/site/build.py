"""`ganbench site`: all pages of one run or several, from stored records and pictures alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report.footnotes import gap_notes
from benchmarks.report.gathered import Gathered, gather
from benchmarks.report.groups import groups
from benchmarks.report.raw import rows_csv
from benchmarks.report.summary import more_scores_table, more_speed_table, scores_table, speed_table
from benchmarks.report.tables import Tables, make_tables
from benchmarks.results.comparison import pairs_of
from benchmarks.results.mixing import differences
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import RunFolder, file_name
from benchmarks.results.wording import title
from benchmarks.site.documents import Document, documents, inline
from benchmarks.site.facts import data_tables, environment_tables
from benchmarks.site.figures import StillFigure, copy_figures
from benchmarks.site.folder import SiteFolder
from benchmarks.site.generators import Generators, copy_engine, copy_generators
from benchmarks.site.javascript import copy_libraries, packages
from benchmarks.site.models import facts, twins_of
from benchmarks.site.pages import Pages
from benchmarks.site.sources import twin_lines
from benchmarks.site.speed import forest
from benchmarks.site.tables import SiteTable, comparison_table, model_page, report_table
from benchmarks.site.words import sentences

# what the rows of plain numbers are
_RAW = {"cells": "one row a training", "comparison": "one row a compared quantity", "races": "one row a contender"}


@dataclass(frozen=True)
class Built:
    """The first page of a site, a sentence for everything that it lacks, and what its playground asks for and whoever
    serves it exports: the folder of the cell, by the name of the script."""

    index: Path
    lacks: list[str]
    later: dict[str, Path] = field(default_factory=dict)


def build_site(runs: Sequence[Path], out: Path, export: bool = True) -> Built:
    """Write the site of `runs` to `out`. The same runs give the same bytes.

    Args:
        runs: folders of runs.
        out: the site's folder.
        export: whether the playground's generators are exported now, half a minute each; or when they are asked for,
            by `benchmarks.site.on_demand`.

    Raises:
        BadInput: no records in the runs, or `out` holds something that is no site.
    """
    gathered = gather([RunFolder(run) for run in runs])
    site = SiteFolder(out)
    tables = make_tables(gathered)
    compared = tables.raw.get("comparison", [])
    known = documents()
    models = list(dict.fromkeys(cell.model.name for cell in gathered.cells))
    modules, lacks = packages()
    if modules is not None:
        copy_libraries(site, modules)
    pages = Pages(site, models, known, libraries=modules is not None)
    figures = copy_figures(site, gathered, tables)
    _results(pages, gathered, tables, figures)
    _speed(pages, gathered, tables)
    for model in models:
        _model(pages, gathered, model, compared, figures)
    pages.write("datasets.html", "tables.html", "Data sets", tables=data_tables(gathered.records))
    pages.write("environment.html", "tables.html", "Environment", tables=environment_tables(gathered))
    _documents(pages, known)
    _downloads(pages, gathered, tables)
    drawn = _playground(pages, gathered, modules, lacks, export)
    pages.assets()
    site.close()
    return Built(out / "index.html", drawn.lacks, drawn.later)


def _results(pages: Pages, gathered: Gathered, tables: Tables, figures: Sequence[StillFigure]) -> None:
    compared = tables.raw.get("comparison", [])
    pages.write(
        "index.html",
        "index.html",
        "Results",
        sentences=sentences(compared),
        forest=forest(gathered, compared),
        mixed=differences(gathered.records, pairs_of(gathered.records)),
        compared=comparison_table(compared, "verdicts", "Every engine against its reference, paired by seed"),
        tables=_named(tables, "scores", "more-scores"),
        figures=[each for each in figures if not any(each.shows(*pair) for pair in _pairs(gathered))],
        gaps=gap_notes(gathered.records, gathered.missing, gathered.doubles),
        notes=[inline(note) for note in _notes(tables)],
        counts=_counts(gathered),
    )


def _speed(pages: Pages, gathered: Gathered, tables: Tables) -> None:
    pages.write(
        "speed.html",
        "speed.html",
        "Speed",
        forest=forest(gathered, tables.raw.get("comparison", [])),
        races=_named(tables, "races", "more-races"),
        tables=_named(tables, "speed", "more-speed"),
    )


def _model(pages: Pages, gathered: Gathered, name: str, compared: list[Row], figures: Sequence[StillFigure]) -> None:
    records = [record for record in gathered.records if record.cell.model.name == name]
    spec = next(cell.model for cell in gathered.cells if cell.model.name == name)
    own = [row for row in compared if row["model"] == name]
    own_groups = [group for group in groups(gathered) if group.model == name]
    shown = [make(own_groups) for make in (scores_table, more_scores_table, speed_table, more_speed_table)]
    pages.write(
        model_page(name),
        "model.html",
        name,
        spec=spec,
        facts=facts(spec),
        sentences=sentences(own),
        compared=comparison_table(own, "verdicts", "Against the reference, paired by seed", model_pages=False),
        tables=[report_table(table) for table in shown if table.tells],
        figures=[each for each in figures if any(each.shows(*pair) for pair in _pairs(gathered) if pair[0] == name)],
        gaps=gap_notes(records, [cell for cell in gathered.missing if cell.model.name == name]),
        groups=list(twins_of(pages.site, gathered, records)),
        sources=twin_lines(spec.network),
    )


def _playground(pages: Pages, gathered: Gathered, modules: Path | None, without: str, export: bool) -> Generators:
    """The page with generators; of one without `modules`, `without` says why it draws nothing."""
    found = Generators(lacks=[without]) if modules is None else copy_generators(pages.site, gathered, export)
    if not found.described and not found.lacks:
        found.lacks.append("No generator is there to draw with: trainings leave one when they end well.")
    size = copy_engine(pages.site, modules) if found.described and modules is not None else 0
    shown = {"generators": found.described, "lacks": found.lacks, "megabytes": round(size / 1e6)}
    pages.write("playground.html", "playground.html", "Playground", **shown)
    return found


def _documents(pages: Pages, known: Sequence[Document]) -> None:
    for document in known:
        pages.write(f"documents/{document.name}.html", "document.html", document.title, html=document.html)


def _downloads(pages: Pages, gathered: Gathered, tables: Tables) -> None:
    """Raw data, as files and on a page that lists them."""
    site, files = pages.site, []
    for name, rows in tables.raw.items():
        files.append((site.write(f"data/{name}.csv", rows_csv(rows)), _RAW[name]))
    for record in gathered.records:
        source = gathered.folders[record.cell.id].record_file
        files.append((site.copy(f"data/records/{file_name(record.cell.label)}.json", source), title(record.cell)))
    for race in gathered.races:
        text = race.model_dump_json(indent=1) + "\n"
        files.append((site.write(f"data/races/{file_name(race.label)}.json", text), f"race of {race.label}"))
    pages.write("data.html", "data.html", "Raw data", files=files)


def _pairs(gathered: Gathered) -> list[tuple[str, list[str]]]:
    """Every model with the data sets it was trained on."""
    found: dict[str, list[str]] = {}
    for cell in gathered.cells:
        found.setdefault(cell.model.name, []).append(cell.dataset)
    return list(found.items())


def _counts(gathered: Gathered) -> dict[str, list[Any]]:
    cells = [record.cell for record in gathered.records]
    return {
        "models": list(dict.fromkeys(cell.model.name for cell in cells)),
        "engines": list(dict.fromkeys(cell.contender for cell in cells)),
        "datasets": list(dict.fromkeys(cell.dataset for cell in cells)),
        "seeds": sorted({cell.seed for cell in cells}),
    }


def _named(tables: Tables, *names: str) -> list[SiteTable]:
    """The tables of these names that tell something."""
    return [report_table(table) for table in (*tables.first, *tables.behind) if table.name in names]


def _notes(tables: Tables) -> list[str]:
    """The protocol of all tables, each statement once."""
    every = (note for table in (*tables.first, *tables.behind) for note in table.notes)
    return list(dict.fromkeys(every))
