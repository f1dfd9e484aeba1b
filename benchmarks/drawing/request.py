"""What to draw from a trained generator: by class, truncated, style-mixed, along paths of noise or class."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import RecordPart
from common.errors import BadInput, unknown_name
from common.interpolation import PATHS, through
from common.specs.cell import Cell
from common.specs.engines import check_engine
from common.specs.networks import NetworkShape
from common.streams import Streams
from common.tensor_files import load_notes

Floats = NDArray[np.float32]


class Request(RecordPart):
    """What to draw from a generator: `count` independent images; each of `count` noises in every class; or a walk,
    through `labels` or `points` of noise.

    Attributes:
        weights: a generator.safetensors that a training left, or the folder of its cell.
        engine: which framework draws; None: the one that trained it.
        label: the class to draw; None: all classes in turn.
        each_class: draw every noise in each class, one noise after the other.
        labels: the classes that a walk at fixed noise goes through; none: no such walk.
        points: how many points of noise a walk goes through; 0: no such walk.
        steps: images of each leg of a walk, both its ends included.
        loop: the walk goes back to where it began.
        pairs: instead of one walk through `labels`, one between each two of them, in the order of `label_pairs`.
        method: the kind of path for noise.
        truncation: psi of a style-based generator; None leaves styles as they are.
        mix_from: resolution from which on styles come from a second noise vector; None: no style mixing.
    """

    weights: Path
    engine: str | None = None
    count: int = Field(64, ge=1, le=100_000)
    seed: int = Field(0, ge=0)
    label: int | None = Field(None, ge=0)
    each_class: bool = False
    labels: tuple[int, ...] = ()
    points: int = Field(0, ge=0)
    steps: int = 10
    loop: bool = False
    pairs: bool = False
    method: str = "linear"
    truncation: float | None = None
    mix_from: int | None = None
    out: Path | None = None


class Trained(RecordPart):
    """A generator as a file: the cell that trained it, the shape it was built for, and its weights' file."""

    cell: Cell
    shape: NetworkShape
    file: Path


def find_trained(weights: Path) -> Trained:
    """The generator in `weights`, a file or a cell's folder.

    Raises:
        BadInput: nothing there, or not a generator that a training left.
    """
    file = CellFolder(weights).generator_file if weights.is_dir() else weights
    if not file.exists():
        raise BadInput(f"There is no generator at {file}: give a cell's folder, or the generator.safetensors in it.")
    notes = load_notes(file)
    try:
        return Trained(cell=notes["cell"], shape=notes["shape"], file=file)
    except (KeyError, ValidationError) as error:
        raise BadInput(
            f"{file} was not written by a training of this version of ganbench: it does not say which cell it is of."
        ) from error


def check_request(request: Request, trained: Trained) -> None:
    """Refuse what this generator cannot draw.

    Raises:
        BadInput: a class out of range or on an unconditional model, styles on a model without, an unknown method.
    """
    classes = trained.shape.classes if trained.cell.model.network.conditional else 0
    if request.each_class and request.label is not None:
        raise BadInput("--each-class and --label: one draws every class, the other only one; give one of them.")
    if request.each_class and not classes:
        raise BadInput(f"--each-class: model '{trained.cell.model.name}' is not conditional, it has no classes.")
    asked = [("label", request.label)] if request.label is not None else [("labels", each) for each in request.labels]
    for name, label in asked:
        if not classes:
            raise BadInput(f"--{name}: model '{trained.cell.model.name}' is not conditional, it has no classes.")
        if not 0 <= label < classes:
            raise BadInput(f"--{name}: class {label} is out of range, this model knows 0 to {classes - 1}.")
    _check_walk(request)
    if request.method not in PATHS:
        raise unknown_name("method", request.method, PATHS)
    has_styles = trained.cell.model.network.has_styles
    if not has_styles and (request.truncation is not None or request.mix_from is not None):
        raise BadInput(
            f"--truncation and --mix-from need a style-based generator, '{trained.cell.model.name}' is none."
        )
    if request.engine is not None:
        check_engine(request.engine)


def _check_walk(request: Request) -> None:
    if request.label is not None and request.labels:
        raise BadInput("--label and --labels: a walk through classes begins at the first one; leave --label out.")
    if len(request.labels) == 1 or request.points == 1:
        raise BadInput("A walk needs at least 2 points: name more --labels, as in --labels 0,1,2, or more --points.")
    if (request.labels or request.points) and request.steps < 2:
        raise BadInput("--steps: each leg of a walk needs at least 2 steps.")
    if request.pairs and (not request.labels or request.loop):
        raise BadInput("--grid shows walks between each two of --labels, which are no loops.")


def label_pairs(labels: Sequence[int]) -> list[tuple[int, int]]:
    """Each two of `labels`, in their order: of 0, 1, 2 the pairs 0-1, 0-2 and 1-2."""
    return list(itertools.combinations(labels, 2))


def inputs(request: Request, trained: Trained) -> tuple[Floats, Floats | None, Floats | None]:
    """Noise (count, size), class weights (count, classes) or None, and the second noise of style mixing or None."""
    network, streams = trained.cell.model.network, Streams(request.seed)
    size = network.noise_size(trained.shape.image_size)
    one_hot = np.eye(trained.shape.classes, dtype=np.float32) if network.conditional else None
    labels = None
    if request.labels:
        assert one_hot is not None
        labels = _class_walk(request, one_hot)
        latents = np.repeat(streams.evaluation_latents(0, 1, size), len(labels), axis=0)
    else:
        latents = streams.evaluation_latents(0, request.points or request.count, size)
        if request.points:
            latents = through(latents, request.steps, request.method, request.loop)
        if one_hot is not None and request.each_class:
            labels = np.tile(one_hot, (len(latents), 1))
            latents = np.repeat(latents, len(one_hot), axis=0)
        elif one_hot is not None:
            fixed = 0 if request.points and request.label is None else request.label
            labels = one_hot[np.arange(len(latents)) % len(one_hot) if fixed is None else np.full(len(latents), fixed)]
    mixed = None
    if request.mix_from is not None:
        mixed = streams.evaluation_latents(len(latents), len(latents), size)[:, : network.latent_size]
    return latents, labels, mixed


def _class_walk(request: Request, one_hot: Floats) -> Floats:
    """Class weights along the walk, or along one walk after the other for pairs."""
    if not request.pairs:
        return through(one_hot[list(request.labels)], request.steps, "linear", request.loop)
    walks = [PATHS["linear"](one_hot[a], one_hot[b], request.steps) for a, b in label_pairs(request.labels)]
    return np.concatenate(walks)
