"""The commands about speed: race and calibrate. What they need is imported when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cli.options import CacheDir, DataDir, Device, Json, Names, Settings, Threads, split_names
from benchmarks.cli.runs import MatrixName


def race(
    matrix: MatrixName,
    out: Annotated[Path | None, typer.Option(help="The run folder [default: runs/NAME of the matrix].")] = None,
    models: Names = None,
    engines: Names = None,
    datasets: Names = None,
    set_: Settings = None,
    precision: Annotated[str, typer.Option(help="Stop when every ratio is known this well.")] = "1%",
    minutes: Annotated[float, typer.Option(min=0.0, help="Or when this time is over, per race.")] = 10.0,
    window: Annotated[float, typer.Option(min=0.01, help="Seconds of a window.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds (there and back) before all are started afresh.")] = 2,
    incarnations: Annotated[int, typer.Option(min=3, help="How often all are started afresh, at least.")] = 8,
    margin: Annotated[str, typer.Option(help="Within this ratio of 1 two are equivalent.")] = "5%",
    controls: Annotated[
        bool, typer.Option("--controls", help="Race the reference against itself, too, and against itself 5 % slower.")
    ] = False,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    device: Device = None,
    threads: Threads = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the contenders.")] = False,
    as_json: Json = False,
) -> None:
    """Measure speed side by side. All contenders of a model are warm, and run in turn while the others rest."""
    from benchmarks.cli.race import RaceOptions, run_race

    options = RaceOptions(
        matrix=matrix,
        out=out,
        models=split_names(models),
        engines=split_names(engines),
        datasets=split_names(datasets),
        settings=tuple(set_ or ()),
        precision=precision,
        minutes=minutes,
        window=window,
        rounds=rounds,
        incarnations=incarnations,
        margin=margin,
        controls=controls,
        data_dir=data_dir,
        cache_dir=cache_dir,
        device=device,
        threads=threads,
        dry_run=dry_run,
        as_json=as_json,
    )
    raise typer.Exit(run_race(options))


def calibrate(
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:INDEX")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads of the library.")] = None,
    seconds: Annotated[float, typer.Option(min=0.01, help="For each product.")] = 2.0,
    as_json: Json = False,
) -> None:
    """Measure what this device reaches at best. Matrices and convolutions in every precision; races show % of it."""
    from benchmarks.cli.calibrate import run_calibration

    run_calibration(device, threads, seconds, as_json)
