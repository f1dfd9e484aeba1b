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
from benchmarks.results.run_folder import RunFolder, file_name
from benchmarks.results.wording import title
from benchmarks.site.documents import Document, documents, inline
from benchmarks.site.facts import data_tables, environment_tables
from benchmarks.site.figures import StillFigure, copy_figures
from benchmarks.site.folder import SiteFolder
from benchmarks.site.generators import Generators, copy_engine, copy_generators
from benchmarks.site.javascript import copy_libraries, packages
from benchmarks.site.models import facts, paged, twins_of
from benchmarks.site.pages import Pages
from benchmarks.site.sources import twin_lines
from benchmarks.site.speed import forest
from benchmarks.site.tables import SiteTable, Value, comparison_table, model_page, report_table, verdict_table
from benchmarks.site.verdicts import Against, against_each
from benchmarks.site.words import sentences
from common.specs.cell import Cell
from common.specs.models import ModelSpec

# what the rows of plain numbers are
_RAW = {
    "cells": "one row a training",
    "comparison": "one row a compared quantity and reference",
    "races": "one row a contender",
}


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
    tables, verdicts = make_tables(gathered), against_each(gathered)
    known = documents()
    models = _models(gathered)
    modules, lacks = packages()
    if modules is not None:
        copy_libraries(site, modules)
    pages = Pages(site, verdicts, list(models), known, libraries=modules is not None)
    figures = copy_figures(site, gathered, tables)
    usual = verdicts[0] if verdicts else Against("any other", [], [], [])
    _results(pages, gathered, tables, usual, figures)
    _verdicts(pages, verdicts)
    _speed(pages, tables, usual)
    for spec in models.values():
        _model(pages, gathered, spec, usual, figures)
    pages.write("datasets.html", "tables.html", "Data sets", tables=data_tables(gathered.records))
    pages.write("environment.html", "tables.html", "Environment", tables=environment_tables(gathered))
    _documents(pages, known)
    _downloads(pages, gathered, tables, verdicts)
    drawn = _playground(pages, gathered, modules, lacks, export)
    pages.assets()
    site.close()
    return Built(out / "index.html", drawn.lacks, drawn.later)


def _results(pages: Pages, gathered: Gathered, tables: Tables, usual: Against, figures: Sequence[StillFigure]) -> None:
    pages.write(
        "index.html",
        "index.html",
        "Results",
        sentences=sentences(usual.rows),
        forest=forest(usual.rows),
        mixed=usual.mixed,
        compared=verdict_table(usual.rows, "verdicts", _caption(usual)),
        tables=_named(tables, "scores", "more-scores"),
        figures=[each for each in figures if not any(each.shows(*pair) for pair in _pairs(gathered))],
        gaps=gap_notes(gathered.records, gathered.missing, gathered.doubles),
        notes=[inline(note) for note in _notes(tables)],
        counts=_counts(gathered),
    )


def _verdicts(pages: Pages, verdicts: Sequence[Against]) -> None:
    """A page for each reference."""
    for each in verdicts:
        pages.write(
            each.page,
            "verdicts.html",
            f"Against {each.reference}",
            reference=each.reference,
            sentences=sentences(each.rows),
            forest=forest(each.rows),
            mixed=each.mixed,
            compared=verdict_table(each.rows, "verdicts", _caption(each)),
            every=comparison_table(each.rows, "quantities", f"Every quantity against {each.reference}"),
            notes=list(map(inline, each.notes)),
        )


def _speed(pages: Pages, tables: Tables, usual: Against) -> None:
    pages.write(
        "speed.html",
        "speed.html",
        "Speed",
        forest=forest(usual.rows),
        races=_named(tables, "races", "more-races"),
        tables=_named(tables, "speed", "more-speed"),
    )


def _caption(against: Against) -> str:
    return f"Every contender against {against.reference}"


def _model(pages: Pages, gathered: Gathered, spec: ModelSpec, usual: Against, figures: Sequence[StillFigure]) -> None:
    name = spec.name
    records = [record for record in gathered.records if record.cell.model.name == name]
    own = [row for row in usual.rows if row["model"] == name]
    own_groups = [group for group in groups(gathered) if group.model == name]
    shown = [make(own_groups) for make in (scores_table, more_scores_table, speed_table, more_speed_table)]
    parts = paged(list(twins_of(pages.site, gathered, records)), name)
    links = [(file, told) for file, told, _ in parts] if len(parts) > 1 else []
    for file, told, twins in parts[1:]:
        pages.write(file, "twins.html", f"{name}, trainings {told}", model=name, groups=twins, parts=links)
    pages.write(
        model_page(name),
        "model.html",
        name,
        spec=spec,
        facts=facts(spec),
        sentences=sentences(own),
        compared=verdict_table(own, "verdicts", _caption(usual)),
        tables=[report_table(table) for table in shown if table.tells],
        figures=[each for each in figures if any(each.shows(*pair) for pair in _pairs(gathered) if pair[0] == name)],
        gaps=gap_notes(records, [cell for cell in gathered.missing if cell.model.name == name]),
        groups=parts[0][2] if parts else [],
        parts=links,
        sources=twin_lines(spec.network),
    )


def _playground(pages: Pages, gathered: Gathered, modules: Path | None, without: str, export: bool) -> Generators:
    """The page with generators; of one without `modules`, `without` says why it draws nothing."""
    found = Generators(lacks=[without]) if modules is None else copy_generators(pages.site, gathered, export)
    if not found.described and not found.lacks:
        found.lacks.append(
            "No generator is there to draw with: trainings leave one, `publish --generators` takes it along."
        )
    size = copy_engine(pages.site, modules) if found.described and modules is not None else 0
    shown = {"generators": found.described, "lacks": found.lacks, "megabytes": round(size / 1e6)}
    pages.write("playground.html", "playground.html", "Playground", **shown)
    return found


def _documents(pages: Pages, known: Sequence[Document]) -> None:
    for document in known:
        pages.write(f"documents/{document.name}.html", "document.html", document.title, html=document.html)


def _downloads(pages: Pages, gathered: Gathered, tables: Tables, verdicts: Sequence[Against]) -> None:
    """Raw data, as files and on a page that lists them; the comparisons with all references are one file."""
    site, files = pages.site, []
    raw = {**tables.raw, "comparison": [row for each in verdicts for row in each.rows]}
    for name, rows in raw.items():
        if rows:
            files.append((site.write(f"data/{name}.csv", rows_csv(rows)), _RAW[name]))
    records = []
    for record in gathered.records:
        source = gathered.folders[record.cell.id].record_file
        records.append((site.copy(f"data/records/{file_name(record.cell.label)}.json", source), title(record.cell)))
    for race in gathered.races:
        text = race.model_dump_json(indent=1) + "\n"
        files.append((site.write(f"data/races/{file_name(race.label)}.json", text), f"race of {race.label}"))
    listed = [[Value(told, href=file)] for file, told in records]
    table = SiteTable("records", f"Records, one a training: {len(listed)}", ("training",), listed)
    pages.write("data.html", "data.html", "Raw data", files=files, records=table)


def _models(gathered: Gathered) -> dict[str, ModelSpec]:
    """Every model that was to be trained, or was raced, by name; of several settings the first."""
    found: dict[str, ModelSpec] = {}
    for cell in [*gathered.cells, *_raced(gathered)]:
        found.setdefault(cell.model.name, cell.model)
    return found


def _raced(gathered: Gathered) -> list[Cell]:
    return [entry.cell for race in gathered.races for entry in race.entries]


def _pairs(gathered: Gathered) -> list[tuple[str, list[str]]]:
    """Every model with the data sets it was trained on."""
    found: dict[str, list[str]] = {}
    for cell in gathered.cells:
        found.setdefault(cell.model.name, []).append(cell.dataset)
    return list(found.items())


def _counts(gathered: Gathered) -> dict[str, list[Any]]:
    cells = [*(record.cell for record in gathered.records), *_raced(gathered)]
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
