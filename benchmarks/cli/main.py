"""The command line. Every command imports what it needs when it runs, so that `ganbench --help` answers at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cli.data import data_app
from common.errors import BadInput, GanbenchError

app = typer.Typer(
    name="ganbench",
    help="Compares PyTorch and Keras on generative adversarial networks: matching twins, one loop, one judge.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(data_app, name="data")

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `ganbench run` wrote.")]
Weights = Annotated[Path, typer.Argument(help="A generator.safetensors, or the folder of the cell that trained it.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Names = Annotated[list[str] | None, typer.Option(metavar="NAMES", help="Only these, separated by commas.")]
DataDir = Annotated[Path | None, typer.Option(help="Where the data sets' own files lie (needed once per data set).")]
CacheDir = Annotated[Path | None, typer.Option(help="Where prepared data sets are kept.")]


@app.command()
def run(
    matrix: Annotated[str, typer.Argument(help="A TOML file, or a shipped matrix: quick, mnist.")],
    out: Annotated[Path | None, typer.Option(help="The run folder [default: runs/NAME of the matrix].")] = None,
    models: Names = None,
    engines: Names = None,
    datasets: Names = None,
    seeds: Names = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a field, as in training.epochs=2 or network.width=16."),
    ] = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:INDEX [default: the matrix']")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads of the frameworks.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the cells.")] = False,
    as_json: Json = False,
) -> None:
    """Train, score and report a matrix. Running it again completes what is missing."""
    from benchmarks.cli.run import RunOptions, run_matrix

    options = RunOptions(
        matrix=matrix,
        out=out,
        models=_split(models),
        engines=_split(engines),
        datasets=_split(datasets),
        seeds=_split(seeds),
        settings=tuple(set_ or ()),
        data_dir=data_dir,
        cache_dir=cache_dir,
        device=device,
        threads=threads,
        dry_run=dry_run,
        as_json=as_json,
    )
    raise typer.Exit(run_matrix(options))


@app.command()
def status(run: RunFolder, as_json: Json = False) -> None:
    """Show how far each cell of a run is."""
    from benchmarks.cli.tables import show
    from benchmarks.results.status import status_rows

    show(status_rows(run), as_json)


@app.command()
def report(run: RunFolder, as_json: Json = False) -> None:
    """Rebuild a run's tables and pictures. Its records and samples are all that is needed."""
    from benchmarks.cli.tables import show, show_results
    from benchmarks.report.build import build_report
    from benchmarks.report.table import table_rows

    records = build_report(run)
    if as_json:
        show(table_rows(records), as_json)
    else:
        show_results(records, run)


@app.command()
def compare(run: RunFolder, as_json: Json = False) -> None:
    """Compare the engines of a run seed by seed. Speed and scores have intervals from 3 seeds on."""
    from benchmarks.cli.tables import show
    from benchmarks.results.comparison import comparison_rows
    from benchmarks.results.records import load_records

    show(comparison_rows(load_records(run)), as_json)


@app.command()
def sample(
    weights: Weights,
    out: Annotated[Path, typer.Option(help="A .png for a grid, a .npy for the array.")] = Path("samples.png"),
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    label: Annotated[int | None, typer.Option(min=0, help="Only this class (conditional models).")] = None,
    truncation: Annotated[float | None, typer.Option(help="psi of a style-based generator.")] = None,
    mix_from: Annotated[int | None, typer.Option(help="Mix styles from this resolution on (style-based).")] = None,
    engine: Annotated[str | None, typer.Option(help="Which framework draws [default: the one that trained].")] = None,
) -> None:
    """Draw images from a trained generator, in any engine."""
    from benchmarks.drawing.command import save_samples
    from benchmarks.drawing.request import Request

    style = {"truncation": truncation, "mix_from": mix_from}
    save_samples(Request(weights=weights, count=count, seed=seed, label=label, engine=engine, **style), out)


@app.command()
def interpolate(
    weights: Weights,
    out: Annotated[
        Path, typer.Option(help="A .png for a strip, a .gif for an animation, a .npy for the array.")
    ] = Path("interpolation.png"),
    steps: Annotated[int, typer.Option(min=2, help="Images along the path, both ends included.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    method: Annotated[str, typer.Option(help="linear or spherical (noise).")] = "spherical",
    label: Annotated[
        int | None, typer.Option(min=0, help="The class, or the one a path of classes starts from.")
    ] = None,
    to_label: Annotated[int | None, typer.Option(min=0, help="The class that a path of classes ends at.")] = None,
    engine: Annotated[str | None, typer.Option(help="Which framework draws [default: the one that trained].")] = None,
) -> None:
    """Walk between two noise vectors, or with --to-label between two classes at fixed noise."""
    from benchmarks.drawing.command import save_samples
    from benchmarks.drawing.request import Request

    path = {"path": "labels" if to_label is not None else "latents", "label": label, "to_label": to_label}
    save_samples(Request(weights=weights, count=steps, seed=seed, method=method, engine=engine, **path), out)


@app.command()
def parity(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="The models to check.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check every model, and compiled torch.")] = False,
    engines: Names = None,
    executions: Names = None,
    mutations: Annotated[bool, typer.Option(help="Plant the known mistakes too; each must be noticed.")] = True,
    out: Annotated[Path | None, typer.Option(help="Write the results as a Markdown page as well.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep what --out recorded with these sources.")] = False,
    as_json: Json = False,
) -> None:
    """Prove that twins compute the same numbers. The ladder is climbed rung by rung, in float64."""
    from benchmarks.parity.command import TWINS, Task, check_parity
    from common.specs.cell import ENGINES
    from common.specs.models import MODELS

    names = tuple(MODELS) if all_ else tuple(models or ())
    task = Task(names, _split(engines) or (ENGINES if all_ else TWINS), _split(executions), mutations)
    raise typer.Exit(check_parity(task, as_json, out, resume))


@app.command()
def score(
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="A folder of pictures, or a .npy or .npz file.")],
    against: Annotated[str, typer.Option(help="A data set's name, or the path of real images.")],
    extractor: Annotated[
        str | None, typer.Option(help="mnistnet, efficientnet-lite0 or inception [default: the data set's].")
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Scores, separated by commas, or all [default: the data set's]."),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", min=1, help="How many images of each side [default: all].")] = None,
    k: Annotated[int | None, typer.Option("--k", min=1, help="Neighbours [default: each score's own].")] = None,
    split: Annotated[str, typer.Option(help="The data set's split to compare with.")] = "train",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    as_json: Json = False,
) -> None:
    """Score any images against real ones. The result names everything a score depends on."""
    import json

    from benchmarks.scoring import command
    from common.specs.judge import JudgeSpec

    judge = JudgeSpec(metrics=_split(metrics), extractor=extractor, k=k, n=n)
    judgement = command.score_images(
        images, against, judge, split=split, data_dir=data_dir, cache_dir=cache_dir, threads=threads
    )
    if as_json:
        for reason in judgement.left_out:
            print(f"Left out: {reason}", file=sys.stderr)
        print(json.dumps(command.as_json(judgement), indent=1))
    else:
        print(command.as_text(judgement))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine and its software. Versions, devices, disk, and whether every engine starts."""
    from benchmarks.cli.doctor import doctor_rows
    from benchmarks.cli.tables import show

    rows = doctor_rows()
    show(rows, as_json)
    raise typer.Exit(1 if any(row["state"] == "broken" for row in rows) else 0)


def main() -> None:
    """The `ganbench` command: errors meant for the user are one sentence on stderr; the exit code says their kind."""
    try:
        app()
    except GanbenchError as error:
        print(f"ganbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _split(names: list[str] | None) -> tuple[str, ...] | None:
    """Names given as "a,b" or by repeating the option."""
    if names is None:
        return None
    split = tuple(name.strip() for entry in names for name in entry.split(",") if name.strip())
    if not split:
        raise BadInput("An option that takes names got none: separate them by commas, as in --engines torch,keras-tf.")
    return split


if __name__ == "__main__":
    main()
