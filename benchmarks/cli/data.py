"""`ganbench data`: list, prepare and verify data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

data_app = typer.Typer(help="List, prepare and verify data sets.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, or folder:PATH.")]
Size = Annotated[int | None, typer.Option(help="Side in pixels [default: the data set's].")]
Resize = Annotated[str | None, typer.Option(help="pad, crop or squash [default: the data set's].")]
CacheDir = Annotated[Path | None, typer.Option(help="Where prepared data sets are kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@data_app.command("list")
def list_(
    data_dir: Annotated[Path | None, typer.Option(help="Look for files here too.")] = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Show every known data set, whether it is at hand, and how to get it if not."""
    from benchmarks.cli.tables import show
    from benchmarks.data.commands import list_datasets

    show(list_datasets(cache_dir, data_dir), as_json)


@data_app.command()
def prepare(
    name: Name,
    from_: Annotated[
        Path | None, typer.Option("--from", help="The folder or file with the data set's own files.")
    ] = None,
    source: Annotated[str, typer.Option(help="How to read them: auto, torchvision, tfds, idx, ...")] = "auto",
    image_size: Size = None,
    resize: Resize = None,
    split: Annotated[list[str] | None, typer.Option(help="Only this split; may be repeated.")] = None,
    cache_dir: CacheDir = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out pictures that cannot be used.")] = False,
    download: Annotated[bool, typer.Option(help="Whether the network may be used.")] = True,
    python: Annotated[Path | None, typer.Option(help="The Python that has torchvision or tensorflow-datasets.")] = None,
    as_json: Json = False,
) -> None:
    """Bring a data set into the cache; what is there already is left as it is."""
    from benchmarks.cli.tables import show
    from benchmarks.data.commands import prepare_dataset

    rows = prepare_dataset(
        name,
        source=source,
        place=from_,
        image_size=image_size,
        resize=resize,
        splits=tuple(split) if split else None,
        cache_dir=cache_dir,
        skip_bad=skip_bad,
        download=download,
        python=python,
    )
    show(rows, as_json)


@data_app.command()
def verify(
    name: Name,
    image_size: Size = None,
    resize: Resize = None,
    cache_dir: CacheDir = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Folder for the contact sheets [default: sheets in the cache].")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a prepared data set's checksums, count its classes, and draw contact sheets."""
    from benchmarks.cli.tables import show
    from benchmarks.data.verify import verify_dataset

    show(verify_dataset(name, image_size=image_size, resize=resize, cache_dir=cache_dir, sheet=sheet), as_json)
