"""What other projects printed, beside what runs of ours say of the same models and data sets (`published.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.report.costs import epoch_cell
from benchmarks.report.groups import Group
from benchmarks.report.scores import score_cell
from benchmarks.report.table import NONE, Column, Content, Table, Value, fixed
from benchmarks.results.quantities import MAIN

_COLUMNS = [
    Column("model"),
    Column("data set"),
    Column("who"),
    Column("images"),
    Column("IS, or its like", ("inception score",)),
    Column("FID, or its like", ("fid",)),
    Column("precision / recall", ("precision", "recall")),
    Column("features"),
    Column("epoch s", ("epoch seconds",)),
    Column("parameters G / D", ("generator parameters", "discriminator parameters")),
]
_NOTES = [
    "Scores of different features are different quantities, and none of theirs is comparable with ours: read down a "
    "column for the order of models within one project, not for who is better. Ours are means over seeds, with their "
    "interval from three seeds on.",
    "Seconds are of different machines; ours are blank where cells were trained beside others.",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedRow(_Part):
    """One training as a project printed it; what it did not print is None."""

    model: str
    dataset: str
    images: str
    framework: str | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    epoch_seconds: float | None = None
    parameters: dict[str, float] = Field(default_factory=dict)


class Project(_Part):
    """A project: where it is, and how its numbers were made."""

    name: str
    source: str
    framework: str
    protocol: tuple[str, ...]
    rows: tuple[PublishedRow, ...] = ()


@lru_cache(maxsize=1)
def projects() -> tuple[Project, ...]:
    """All that the file knows."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Project(**each) for each in data["projects"])


def published_table(ours: Sequence[Group]) -> Table:
    """Every published row, and below those of one model and data set ours, or that they have not been measured.

    It is empty where nobody printed anything about what ours trained.
    """
    theirs = [(project, row) for project in projects() for row in project.rows]
    subjects = sorted({(row.model, row.dataset) for _, row in theirs})
    rows: list[list[Content]] = []
    for model, dataset in subjects:
        rows += [_their_row(project, row) for project, row in theirs if (row.model, row.dataset) == (model, dataset)]
        mine = [_our_row(group) for group in ours if (group.model, group.dataset) == (model, dataset)]
        rows += mine or [[model, dataset, "ganbench", "not measured here", *[NONE] * (len(_COLUMNS) - 4)]]
    if not any((group.model, group.dataset) in subjects and group.records for group in ours):
        rows = []
    protocols = [f"{each.name} ({each.source}): {'; '.join(each.protocol)}." for each in projects()]
    return Table("published", "Published numbers, and ours", _COLUMNS, rows, [*_NOTES, *protocols])


def _their_row(project: Project, row: PublishedRow) -> list[Content]:
    scored = [(Value(row.scores.get("inception_score")),), (Value(row.scores.get("fid")),)]
    both = (Value(row.scores.get("precision"), form=fixed(3)), Value(row.scores.get("recall"), form=fixed(3)))
    features = "ImageNet's Inception" if row.scores else NONE
    who = f"{project.name}, {row.framework or project.framework}"
    cost = (Value(row.epoch_seconds),)
    return [row.model, row.dataset, who, row.images, *scored, both, features, cost, _parameters(row.parameters)]


def _our_row(group: Group) -> list[Content]:
    known = [record.training for record in group.records if record.training]
    images = sorted({each.iterations_per_epoch * each.images_per_iteration for each in known})
    features = {score.extractor for record in group.records for name, score in record.metrics.items() if name in MAIN}
    return [
        group.model,
        group.dataset,
        f"ganbench, {group.engine}",
        " or ".join(f"{each:,}" for each in images) or NONE,
        *(score_cell(group.records, pair) for pair in (("inception_score",), ("fid",), ("precision", "recall"))),
        " or ".join(sorted(filter(None, features))) or NONE,
        epoch_cell(group),
        _parameters({name: float(count) for name, count in known[0].parameters.items()} if known else {}),
    ]


def _parameters(counts: dict[str, float]) -> Content:
    """In millions."""
    return tuple(
        Value(counts[name] / 1e6 if name in counts else None, form=_millions) for name in ("generator", "discriminator")
    )


def _millions(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f} M"
