"""The commands about images: sample, interpolate, export and score. What they need is imported when they are called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cli.options import CacheDir, DataDir, DrawingEngine, Json, Threads, Weights, split_names

Seed = Annotated[int, typer.Option(min=0, help="Seed of the noise.")]


def sample(
    weights: Weights,
    out: Annotated[Path, typer.Option(help="A .png for a grid, a .gif, .mp4 or .npy.")] = Path("samples.png"),
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 64,
    seed: Seed = 0,
    label: Annotated[int | None, typer.Option(min=0, help="Only this class (conditional models).")] = None,
    each_class: Annotated[
        bool, typer.Option("--each-class", help="Every noise in each class: a row per noise, a column per class.")
    ] = False,
    truncation: Annotated[float | None, typer.Option(help="psi of a style-based generator.")] = None,
    mix_from: Annotated[int | None, typer.Option(help="Mix styles from this resolution on (style-based).")] = None,
    engine: DrawingEngine = None,
) -> None:
    """Draw images from a trained generator, in any engine."""
    from benchmarks.drawing.draw import save_samples
    from benchmarks.drawing.request import Request

    style = {"truncation": truncation, "mix_from": mix_from}
    chosen = {"count": count, "seed": seed, "label": label, "each_class": each_class}
    save_samples(Request(weights=weights, engine=engine, **chosen, **style), out)


def interpolate(
    weights: Weights,
    out: Annotated[
        Path, typer.Option(help="A .png for a strip, a .gif or .mp4 for an animation, a .npy for the array.")
    ] = Path("interpolation.png"),
    steps: Annotated[int, typer.Option(min=2, help="Images from one point to the next, both included.")] = 10,
    seed: Seed = 0,
    labels: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASSES", help="Walk through these classes at fixed noise, as in 0,1,2,3."),
    ] = None,
    points: Annotated[int, typer.Option(min=2, help="Or walk through so many points of noise.")] = 2,
    label: Annotated[int | None, typer.Option(min=0, help="The class of a walk through noise.")] = None,
    method: Annotated[str, typer.Option(help="linear or spherical (noise).")] = "spherical",
    loop: Annotated[bool, typer.Option("--loop", help="Return to where the walk began.")] = False,
    pairs: Annotated[bool, typer.Option("--grid", help="A walk between each two of the classes.")] = False,
    engine: DrawingEngine = None,
) -> None:
    """Walk through points of noise, or with --labels through classes at fixed noise."""
    from benchmarks.cli.walks import walk_request
    from benchmarks.drawing.draw import save_samples

    names = split_names(labels)
    walk = {"steps": steps, "points": points, "label": label, "method": method, "loop": loop, "pairs": pairs}
    save_samples(walk_request(weights, names, seed=seed, engine=engine, **walk), out)


def export(
    weights: Weights,
    to: Annotated[str, typer.Option(help="onnx or safetensors.")] = "onnx",
    out: Annotated[Path | None, typer.Option(help="The file to write [default: generator.onnx beside it].")] = None,
    half: Annotated[bool, typer.Option("--half", help="Store weights in half precision if images stay equal.")] = False,
) -> None:
    """Write a trained generator for other programs: as an ONNX file that draws images, or its weights alone."""
    from benchmarks.cli.exports import export_generator

    export_generator(weights, to, out, half)


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
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Score any images against real ones. The result names everything a score depends on."""
    import json

    from benchmarks.scoring import command
    from common.specs.judge import JudgeSpec

    judge = JudgeSpec(metrics=split_names(metrics), extractor=extractor, k=k, n=n)
    judgement = command.score_images(
        images, against, judge, split=split, data_dir=data_dir, cache_dir=cache_dir, threads=threads
    )
    if as_json:
        for reason in judgement.left_out:
            print(f"Left out: {reason}", file=sys.stderr)
        print(json.dumps(command.as_json(judgement), indent=1))
    else:
        print(command.as_text(judgement))
