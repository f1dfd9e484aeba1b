"""What the page of a model shows: its twins side by side, from the same noise, in pictures, curves and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from benchmarks.pictures.cell import make_cell_pictures
from benchmarks.report.gathered import Gathered
from benchmarks.results.pairing import twin_key
from benchmarks.results.records import Record
from benchmarks.results.run_folder import file_name
from benchmarks.results.wording import brief
from benchmarks.site.curves import Curves, loss_curves, loss_plot
from benchmarks.site.folder import SiteFolder
from benchmarks.site.tables import model_page
from common.errors import BadInput
from common.specs.base import flatten
from common.specs.models import ModelSpec

# each has a plot and its data; of pictures only the visible are loaded
TWINS_A_PAGE = 12


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
    more: list[tuple[str, Picture]]


@dataclass(frozen=True)
class Twins:
    """Trainings that differ in nothing but the engine."""

    title: str
    twins: list[Twin]
    losses: str
    curves: list[Curves]


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
        figure = f"losses-{cell.id}"
        curves = loss_curves(group)
        yield Twins(
            title, [_twin(site, gathered, record) for record in group], loss_plot(figure, curves, title), curves
        )


def paged(groups: Sequence[Twins], name: str) -> list[tuple[str, str, Sequence[Twins]]]:
    """The trainings by page, no more than a browser takes easily: (the page, its name, what stands there); the first
    ones stand on the model's own."""
    starts = range(0, len(groups), TWINS_A_PAGE)
    files = [model_page(name), *(f"models/{file_name(name)}/{number}.html" for number in range(2, len(starts) + 1))]
    return [
        (file, f"{start + 1} to {min(start + TWINS_A_PAGE, len(groups))}", groups[start : start + TWINS_A_PAGE])
        for file, start in zip(files, starts, strict=False)
    ]


def facts(model: ModelSpec) -> list[tuple[str, str]]:
    """The constants of a model, by their dotted names, as a matrix overrides them."""
    flat = flatten(model.model_dump(mode="json", exclude={"name", "source"}))
    return [(name, str(content)) for name, content in flat.items()]


def _twin(site: SiteFolder, gathered: Gathered, record: Record) -> Twin:
    folder, label = gathered.folders[record.cell.id], file_name(record.cell.label)
    make_cell_pictures(folder, folder, record.cell)  # what is up to date is kept
    grids = folder.grid_files()
    epoch = max(grids, default=0)
    trouble = "" if record.status == "finished" else f"{record.status}: {brief(record.reason) or 'no reason known'}"
    alt = f"samples of {record.cell.model.name}, {record.cell.contender}, seed {record.cell.seed}"
    grid = None
    if grids:
        name = site.copy(f"pictures/{label}.png", grids[epoch])
        grid = _picture(site, name, f"Grid of {alt}, after epoch {epoch}")
    more = []
    for kind, source, told in (
        ("Its course", folder.animation_file, "epoch by epoch"),
        ("Its course in true size", folder.true_size_file, "epoch by epoch, as large as they were"),
        ("Nearest training images", folder.nearest_file, "each beside the training image that is nearest to it"),
    ):
        if source.is_file():
            name = site.copy(f"pictures/{label}-{source.name}", source)
            more.append((kind, _picture(site, name, f"{alt[0].upper()}{alt[1:]}, {told}")))
    return Twin(record.cell.contender, epoch, trouble, grid, more)


def _picture(site: SiteFolder, name: str, alt: str) -> Picture:
    try:
        with Image.open(site.path / name, formats=("PNG", "GIF")) as image:
            return Picture(name, *image.size, alt)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            f"{name.rpartition('/')[2]} is no picture ({error}): remove it, and it is drawn again."
        ) from error
