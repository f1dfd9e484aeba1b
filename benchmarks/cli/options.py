"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from common.errors import BadInput

RunPaths = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders that `ganbench run` wrote.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `ganbench run` wrote.")]
Weights = Annotated[Path, typer.Argument(help="A generator.safetensors, or the folder of the cell that trained it.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Names = Annotated[list[str] | None, typer.Option(metavar="NAMES", help="Only these, separated by commas.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a field, as in training.epochs=2 or network.width=16."),
]
DataDir = Annotated[Path | None, typer.Option(help="Where the data sets' own files lie (needed once per data set).")]
CacheDir = Annotated[Path | None, typer.Option(help="Where prepared data sets are kept.")]
Device = Annotated[
    str | None,
    typer.Option(help="auto, cpu, cuda, cuda:INDEX; of run also several, or cuda:all [default: the matrix']"),
]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads of the frameworks.")]
DrawingEngine = Annotated[
    str | None, typer.Option(help="Which framework draws [default: the one that trained].", metavar="ENGINE")
]


def split_names(names: list[str] | None) -> tuple[str, ...] | None:
    """Names given as "a,b" or by repeating the option.

    Raises:
        BadInput: the option was given without any name.
    """
    if names is None:
        return None
    split = tuple(name.strip() for entry in names for name in entry.split(",") if name.strip())
    if not split:
        raise BadInput("An option that takes names got none: separate them by commas, as in --engines torch,keras-tf.")
    return split
