"""What the page of a model shows: its twins side by side, from the same noise, in pictures, curves and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from benchmarks.pictures.cell import make_cell_pictures
from benchmarks.report.gathered import Gathered
from benchmarks.results.pairing import twin_key
from benchmarks.results.records import Record
from benchmarks.results.wording import brief
from benchmarks.site.curves import loss_plot
from benchmarks.site.folder import SiteFolder
from common.specs.base import flatten
from common.specs.models import ModelSpec


@dataclass(frozen=True)
class Picture:
    """A picture on the site, in its true size."""

    file: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Twin:
    """One engine's training: what it draws from the noise that all get, and its course."""

    engine: str
    epoch: int
    trouble: str
    grid: Picture | None
    animation: Picture | None


@dataclass(frozen=True)
class Twins:
    """Trainings that differ in nothing but the engine."""

    title: str
    twins: list[Twin]
    losses: str


def twins_of(site: SiteFolder, gathered: Gathered, records: Sequence[Record]) -> Iterator[Twins]:
    """The trainings of one model, those that are comparable together; copies their pictures to the site."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(twin_key(record), []).append(record)
    told: dict[str, int] = {}
    for group in groups.values():
        cell = group[0].cell
        title = f"{cell.model.name} on {cell.dataset}, seed {cell.seed}"
        told[title] = told.get(title, 0) + 1
        if told[title] > 1:
            title += f", setting {told[title]}"
        figure = f"losses-{group[0].id}"
        yield Twins(title, [_twin(site, gathered, record) for record in group], loss_plot(figure, group, title))


def facts(model: ModelSpec) -> list[tuple[str, str]]:
    """The constants of a model, by their dotted names, as a matrix overrides them."""
    flat = flatten(model.model_dump(mode="json", exclude={"name", "source"}))
    return [(name, str(content)) for name, content in flat.items()]


def _twin(site: SiteFolder, gathered: Gathered, record: Record) -> Twin:
    folder, label = gathered.folders[record.id], record.cell.label
    make_cell_pictures(folder, folder, record.cell)  # what is up to date is kept
    progress = folder.progress_files()
    epoch = max(progress, default=0)
    trouble = "" if record.status == "finished" else f"{record.status}: {brief(record.reason) or 'no reason known'}"
    alt = f"samples of {record.cell.model.name}, {record.cell.contender}, seed {record.cell.seed}"
    grid = animation = None
    if folder.grid_file(epoch).is_file():
        name = f"pictures/{label}.png"
        grid = _picture(site, site.copy(name, folder.grid_file(epoch)), f"Grid of {alt}, after epoch {epoch}")
    if folder.animation_file.is_file():
        name = site.copy(f"pictures/{label}.gif", folder.animation_file)
        animation = _picture(site, name, f"Animation of {alt}, epoch by epoch")
    return Twin(record.cell.contender, epoch, trouble, grid, animation)


def _picture(site: SiteFolder, name: str, alt: str) -> Picture:
    with Image.open(site.path / name) as image:
        return Picture(name, *image.size, alt)
