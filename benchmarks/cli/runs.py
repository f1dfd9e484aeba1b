"""The commands about runs, from run to serve. What they need is imported when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cli.options import (
    CacheDir,
    DataDir,
    Device,
    Json,
    Names,
    RunPath,
    RunPaths,
    Settings,
    Threads,
    split_names,
)

_SHIPPED = Path(__file__).parents[1] / "matrix" / "shipped"
_MATRICES = ", ".join(sorted(path.stem for path in _SHIPPED.glob("*.toml")))

MatrixName = Annotated[str, typer.Argument(help=f"A TOML file, or a shipped matrix: {_MATRICES}.", metavar="MATRIX")]


def run(
    matrix: MatrixName,
    out: Annotated[Path | None, typer.Option(help="The run folder [default: runs/NAME of the matrix].")] = None,
    models: Names = None,
    engines: Names = None,
    datasets: Names = None,
    seeds: Names = None,
    set_: Settings = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    device: Device = None,
    threads: Threads = None,
    untimed: Annotated[bool, typer.Option("--untimed", help="Record no times: quality needs no stopwatch.")] = False,
    jobs: Annotated[
        int,
        typer.Option(min=1, help="Cells trained at once on each device, which share the cores; only with --untimed."),
    ] = 1,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only the Ith of N parts: for N machines on one folder.")
    ] = None,
    executor: Annotated[str, typer.Option(help="Where cells are trained: local, or ray, on a cluster.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="The Ray cluster, as in auto or HOST:PORT [default: one of this machine].")
    ] = None,
    needs: Annotated[
        str | None, typer.Option(metavar="NEEDS", help="What Ray gives a cell: cpus=4,memory=8,gpu=H100, or some.")
    ] = None,
    share: Annotated[
        bool, typer.Option(help="Let the machines of a cluster that see the run folder leave results there.")
    ] = True,
    cell_timeout: Annotated[
        float | None,
        typer.Option(min=0.01, metavar="MINUTES", help="Give a cell up after so long; a later run goes on with it."),
    ] = None,
    retries: Annotated[int, typer.Option(min=0, help="How often a crashed training goes on in another process.")] = 1,
    keep_checkpoints: Annotated[
        bool, typer.Option("--keep-checkpoints", help="Keep those of finished trainings, too.")
    ] = False,
    beside: Annotated[
        bool, typer.Option("--beside", help="Train beside what the folder has with other settings.")
    ] = False,
    processes: Annotated[
        int,
        typer.Option(min=1, help="Processes that train each cell at its seed, for their times; scored is the first."),
    ] = 1,
    prove: Annotated[
        bool, typer.Option("--prove", help="First prove each training's twins equal; what is not, is not trained.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the cells.")] = False,
    as_json: Json = False,
) -> None:
    """Train, score and report a matrix. Running it again completes what is missing."""
    from benchmarks.cli.chosen import MatrixOptions
    from benchmarks.cli.run import run_matrix

    options = MatrixOptions(
        matrix=matrix,
        out=out,
        models=split_names(models),
        engines=split_names(engines),
        datasets=split_names(datasets),
        seeds=split_names(seeds),
        settings=tuple(set_ or ()),
        data_dir=data_dir,
        cache_dir=cache_dir,
        device=device,
        threads=threads,
        untimed=untimed,
        jobs=jobs,
        shard=shard,
        executor=executor,
        address=address,
        needs=needs,
        share=share,
        cell_timeout=cell_timeout,
        retries=retries,
        keep_checkpoints=keep_checkpoints,
        beside=beside,
        processes=processes,
        prove=prove,
        dry_run=dry_run,
        as_json=as_json,
    )
    raise typer.Exit(run_matrix(options))


def merge(
    runs: RunPaths,
    to: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The run folder that they become; it may hold some cells.")
    ],
    as_json: Json = False,
) -> None:
    """Copy the cells of several runs into one folder. Two different results of one cell are refused."""
    from benchmarks.cli.tables import show
    from benchmarks.results.merging import merge_runs
    from benchmarks.results.run_folder import RunFolder
    from benchmarks.results.status import status_rows

    copied = merge_runs([RunFolder(run) for run in runs], RunFolder(to))
    found = [row["status"] for row in status_rows(RunFolder(to))]
    show([{"copied": copied, "cells": len(found), **{each: found.count(each) for each in sorted({*found})}}], as_json)


def status(run: RunPath, as_json: Json = False) -> None:
    """Show how far each cell of a run is."""
    from benchmarks.cli.tables import show
    from benchmarks.results.run_folder import RunFolder
    from benchmarks.results.status import status_rows

    show(status_rows(RunFolder(run)), as_json)


def clean(
    run: RunPath,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a run no longer needs, and delete it. Checkpoints of finished trainings, halves of files."""
    from benchmarks.cli.clean import clean_run

    clean_run(run, yes, as_json)


def report(
    runs: RunPaths,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the report goes [default: into the run, if it is one].")
    ] = None,
    mp4: Annotated[bool, typer.Option("--mp4", help="Animations as films, too (extra video).")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Trainings as event files, too.")] = False,
    as_json: Json = False,
) -> None:
    """Rebuild tables and pictures of runs, of several as of one. Records and samples are all that is needed."""
    from benchmarks.cli.tables import show, show_results
    from benchmarks.report.build import build_report
    from benchmarks.report.folder import ReportFolder
    from benchmarks.report.raw import table_rows
    from benchmarks.results.run_folder import RunFolder

    gathered = build_report([RunFolder(run) for run in runs], to, films=mp4, event_files=tensorboard)
    if as_json:
        show(table_rows(gathered.records), as_json)
    else:
        show_results(gathered, ReportFolder(to or runs[0]))


def publish(
    run: RunPath,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="A run folder again, small enough for version control.")],
    generators: Annotated[
        list[str] | None,
        typer.Option(metavar="MODELS", help="Models whose generators of the first seed come along, by commas."),
    ] = None,
) -> None:
    """Copy what the report of a run is made from, without animations, samples and checkpoints, and build it there."""
    from benchmarks.report.publish import publish
    from benchmarks.results.run_folder import RunFolder

    files = publish(RunFolder(run), RunFolder(to), split_names(generators) or ())
    size = sum(path.stat().st_size for path in files) / 1e6
    print(f"published: {to / 'report.md'} ({len(files)} files, {size:.1f} MB)")


def compare(
    run: RunPath,
    newer: Annotated[
        Path | None, typer.Argument(metavar="[NEWER]", help="A later run of the same cells, compared with the first.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(metavar="CONTENDER", help="Whom the others are compared with [default: torch eager]."),
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="One line per quantity, every score.")] = False,
    across: Annotated[
        bool, typer.Option("--across", help="Even if machines, devices, versions or protocols differ.")
    ] = False,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit code 1 if NEWER is proven slower or worse, beyond the margin.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare the engines of a run seed by seed, or two runs. Intervals and verdicts from 3 seeds on."""
    from benchmarks.cli.compare import compare_runs

    code = compare_runs(run, newer, reference=reference, long=long, across=across, as_json=as_json, fail=fail)
    raise typer.Exit(code)


def site(
    runs: RunPaths,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the pages go.")] = Path("site"),
) -> None:
    """Write static pages about runs: verdicts, tables, the twins' pictures side by side. They work from the folder."""
    from benchmarks.site.build import build_site

    built = build_site(runs, out)
    print(f"site: {built.index}")
    for text in built.lacks:
        print(text)


def serve(
    path: Annotated[Path, typer.Argument(metavar="RUN|FOLDER", help="The folder of a run, or of a site.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    watch: Annotated[bool, typer.Option("--watch", help="Build the pages again while the run goes on.")] = False,
) -> None:
    """Show a run in a browser on this computer: builds its site and serves it on localhost."""
    from benchmarks.site.serve import serve

    serve(path, port, watch, lambda text: print(text, flush=True))


def plan(
    matrix: MatrixName,
    nodes: Annotated[int, typer.Option(min=1, help="Machines, all alike.")] = 1,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs of each machine; 0: cells are trained on processors.")] = 0,
    from_: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", metavar="RUN", help="Runs or races that were timed on such machines; repeat for several."
        ),
    ] = None,
    peak_share: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE", help="Without --from: the share of this machine's calibrated peak that is reached."
        ),
    ] = None,
    models: Names = None,
    engines: Names = None,
    datasets: Names = None,
    seeds: Names = None,
    set_: Settings = None,
    untimed: Annotated[
        bool, typer.Option("--untimed", help="Cells go one by one, not all engines of a seed together.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Estimate what a matrix takes on machines that need not be there: hours, idle devices, disk."""
    from benchmarks.cli.plan import PlanOptions, show_plan

    options = PlanOptions(
        matrix=matrix,
        nodes=nodes,
        gpus=gpus,
        sources=tuple(from_ or ()),
        peak_share=peak_share,
        models=split_names(models),
        engines=split_names(engines),
        datasets=split_names(datasets),
        seeds=split_names(seeds),
        settings=tuple(set_ or ()),
        untimed=untimed,
        as_json=as_json,
    )
    show_plan(options)
