"""The commands that check and list: parity, doctor and list. What they need is imported when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cli.options import CacheDir, DataDir, Json, Names, split_names
from common.plugins import GROUPS


def parity(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="The models to check, or one matrix.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check every model, and compiled torch.")] = False,
    engines: Names = None,
    executions: Names = None,
    mutations: Annotated[
        bool | None, typer.Option(help="Plant the known mistakes, too [default: not for a matrix].")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the results as a Markdown page, or a .json, too.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep what --out recorded with these sources.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:INDEX: where all engines compute.")] = "cpu",
    dataset: Annotated[str, typer.Option(help="What the small trainings see; toy-shapes needs no file.")] = "mnist-5k",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Prove that twins compute the same numbers. The ladder is climbed rung by rung, in float64.

    Models climb in small trainings; a matrix climbs with its own: data, size, width, batch, every override.
    """
    from benchmarks.cli.parity import check_parity

    code = check_parity(
        tuple(models or ()),
        split_names(engines),
        split_names(executions),
        everything=all_,
        mutations=mutations,
        out=out,
        resume=resume,
        device=device,
        dataset=dataset,
        data_dir=data_dir,
        cache_dir=cache_dir,
        as_json=as_json,
    )
    raise typer.Exit(code)


def doctor(as_json: Json = False) -> None:
    """Check this machine and its software. Versions, devices, disk, and whether every engine starts."""
    from benchmarks.cli.doctor import doctor_rows
    from benchmarks.cli.tables import show

    rows = doctor_rows()
    show(rows, as_json)
    raise typer.Exit(1 if any(row["state"] == "broken" for row in rows) else 0)


def list_(
    what: Annotated[str, typer.Argument(help=f"{', '.join(GROUPS[:-1])} or {GROUPS[-1]}.", metavar="WHAT")],
    as_json: Json = False,
) -> None:
    """List the models, data sets, metrics or engines there are. Those of plug-ins stand behind ganbench's own."""
    from benchmarks.cli.listing import listed
    from benchmarks.cli.tables import show

    show(listed(what), as_json)
