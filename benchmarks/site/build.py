"""`ganbench site`: all pages of one run or several, from stored records and pictures alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report.footnotes import protocol_notes
from benchmarks.report.table import table_csv, table_rows
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.mixing import differences
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import RunFolder, file_name
from benchmarks.results.wording import brief, title
from benchmarks.site.documents import Document, documents, inline
from benchmarks.site.facts import data_tables, environment_tables
from benchmarks.site.folder import SiteFolder
from benchmarks.site.gathered import Gathered, gather
from benchmarks.site.models import facts, twins_of
from benchmarks.site.pages import Pages
from benchmarks.site.sources import twin_lines
from benchmarks.site.speed import forest, race_table
from benchmarks.site.tables import comparison_table, trainings_table
from benchmarks.site.words import sentences

# the thesis' scores; a training's other scores are in the table to download
_SCORES = ("inception_score", "fid", "precision", "recall")


def build_site(runs: Sequence[Path], out: Path) -> Path:
    """Write the site of `runs` to `out`; returns its first page. The same runs give the same bytes.

    Raises:
        BadInput: no records in the runs, or `out` holds something that is no site.
    """
    gathered = gather([RunFolder(run) for run in runs])
    site = SiteFolder(out)
    compared = comparison_rows(gathered.records, aims=gathered.aims)
    trained = table_rows(gathered.records) if gathered.records else []
    known = documents()
    models = list(dict.fromkeys(record.cell.model.name for record in gathered.records))
    pages = Pages(site, models, known)
    _results(pages, gathered, compared, trained)
    _speed(pages, gathered, compared, trained)
    for model in models:
        _model(pages, gathered, model, compared, trained)
    tables = data_tables(gathered.records)
    pages.write("datasets.html", "tables.html", "Data sets", tables=tables)
    pages.write("environment.html", "tables.html", "Environment", tables=environment_tables(gathered))
    _documents(pages, known)
    _downloads(pages, gathered, compared)
    pages.assets()
    site.close()
    return out / "index.html"


def _results(pages: Pages, gathered: Gathered, compared: list[Row], trained: list[Row]) -> None:
    pages.write(
        "index.html",
        "index.html",
        "Results",
        sentences=sentences(compared),
        forest=forest(gathered, compared),
        mixed=differences(gathered.records, pairs_of(gathered.records)),
        compared=comparison_table(compared, "verdicts", "Every engine against its reference, paired by seed"),
        trainings=trainings_table(trained, "trainings", "Every training", _score_headers(gathered)),
        gaps=_gaps(gathered),
        notes=[inline(note) for note in protocol_notes(gathered.records)],
        counts=_counts(gathered),
    )


def _speed(pages: Pages, gathered: Gathered, compared: list[Row], trained: list[Row]) -> None:
    pages.write(
        "speed.html",
        "speed.html",
        "Speed",
        forest=forest(gathered, compared),
        races=race_table(gathered.races) if gathered.races else None,
        trainings=trainings_table(trained, "clocks", "What trainings took", {}),
    )


def _model(pages: Pages, gathered: Gathered, name: str, compared: list[Row], trained: list[Row]) -> None:
    records = [record for record in gathered.records if record.cell.model.name == name]
    spec = records[0].cell.model
    own = [row for row in compared if row["model"] == name]
    pages.write(
        f"models/{file_name(name)}.html",
        "model.html",
        name,
        spec=spec,
        facts=facts(spec),
        sentences=sentences(own),
        compared=comparison_table(own, "verdicts", "Against the reference, paired by seed", model_pages=False),
        trainings=trainings_table(
            [row for row in trained if row["model"] == name], "trainings", "Every training", _score_headers(gathered)
        ),
        groups=list(twins_of(pages.site, gathered, records)),
        sources=twin_lines(spec.network),
    )


def _documents(pages: Pages, known: Sequence[Document]) -> None:
    for document in known:
        pages.write(f"documents/{document.name}.html", "document.html", document.title, html=document.html)


def _downloads(pages: Pages, gathered: Gathered, compared: list[Row]) -> None:
    """Raw data, as files and on a page that lists them."""
    site, files = pages.site, []
    if gathered.records:
        files.append((site.write("data/trainings.csv", table_csv(gathered.records)), "one row a training"))
    if compared:
        files.append((site.write("data/comparison.csv", _csv(compared)), "one row a compared quantity"))
    for record in gathered.records:
        source = gathered.folders[record.id].record_file
        files.append((site.copy(f"data/records/{file_name(record.cell.label)}.json", source), title(record.cell)))
    for race in gathered.races:
        text = race.model_dump_json(indent=1) + "\n"
        files.append((site.write(f"data/races/{file_name(race.label)}.json", text), f"race of {race.label}"))
    pages.write("data.html", "data.html", "Raw data", files=files)


def _gaps(gathered: Gathered) -> list[str]:
    """One line for each cell that has no result, or not all of it."""
    lines = [f"{title(cell)}: not trained to its end yet." for cell in gathered.missing]
    for record in gathered.records:
        if record.status != "finished":
            lines.append(f"{title(record.cell)}: {record.status}. {brief(record.reason) or ''}".rstrip())
        elif not record.metrics:
            lines.append(f"{title(record.cell)}: without scores. {brief(record.metrics_reason) or ''}".rstrip())
    return lines


def _counts(gathered: Gathered) -> dict[str, list[Any]]:
    cells = [record.cell for record in gathered.records]
    return {
        "models": list(dict.fromkeys(cell.model.name for cell in cells)),
        "engines": list(dict.fromkeys(cell.contender for cell in cells)),
        "datasets": list(dict.fromkeys(cell.dataset for cell in cells)),
        "seeds": sorted({cell.seed for cell in cells}),
    }


def _score_headers(gathered: Gathered) -> dict[str, str]:
    """Name and header of the main scores that the records have."""
    found = {}
    for name in _SCORES:
        for record in gathered.records:
            if name in record.metrics:
                score = record.metrics[name]
                found.setdefault(name, f"{score.display_name} {'↑' if score.higher_is_better else '↓'}")
    return found


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
