"""What to draw from a trained generator: by class, truncated, style-mixed, along paths of noise or class."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import RecordPart
from common.errors import BadInput, unknown_name
from common.interpolation import PATHS
from common.specs.cell import Cell
from common.specs.engines import check_engine
from common.specs.networks import NetworkShape
from common.streams import Streams
from common.tensor_files import load_tensors

Floats = NDArray[np.float32]


class Request(RecordPart):
    """What to draw from a generator; `path` says which input goes from one point to another, if any.

    Attributes:
        weights: a generator.safetensors that a training left, or the folder of its cell.
        engine: which framework draws; None: the one that trained it.
        label: the class to draw, or where a path of classes starts; None: all classes in turn.
        to_label: where a path of classes ends.
        path: None for independent images, "latents" or "labels" for an interpolation of `count` steps.
        method: the kind of path for noise.
        truncation: psi of a style-based generator; None leaves styles as they are.
        mix_from: resolution from which on styles come from a second noise vector; None: no style mixing.
    """

    weights: Path
    engine: str | None = None
    count: int = Field(64, ge=1, le=100_000)
    seed: int = Field(0, ge=0)
    label: int | None = Field(None, ge=0)
    to_label: int | None = Field(None, ge=0)
    path: Literal["latents", "labels"] | None = None
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
    _, notes = load_tensors(file)
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
    for name, label in (("label", request.label), ("to-label", request.to_label)):
        if label is not None and not classes:
            raise BadInput(f"--{name}: model '{trained.cell.model.name}' is not conditional, it has no classes.")
        if label is not None and label >= classes:
            raise BadInput(f"--{name}: class {label} is out of range, this model knows 0 to {classes - 1}.")
    if request.path == "labels" and (request.label is None or request.to_label is None):
        raise BadInput("A path between classes needs --label and --to-label.")
    if request.path and request.count < 2:
        raise BadInput("--steps: a path needs at least 2 steps.")
    if request.method not in PATHS:
        raise unknown_name("method", request.method, PATHS)
    has_styles = trained.cell.model.network.has_styles
    if not has_styles and (request.truncation is not None or request.mix_from is not None):
        raise BadInput(
            f"--truncation and --mix-from need a style-based generator, '{trained.cell.model.name}' is none."
        )
    if request.engine is not None:
        check_engine(request.engine)


def inputs(request: Request, trained: Trained) -> tuple[Floats, Floats | None, Floats | None]:
    """Noise (count, size), class weights (count, classes) or None, and the second noise of style mixing or None."""
    network, streams = trained.cell.model.network, Streams(request.seed)
    size, count = network.noise_size(trained.shape.image_size), request.count
    if request.path == "latents":
        ends = streams.evaluation_latents(0, 2, size)
        latents = PATHS[request.method](ends[0], ends[1], count)
    elif request.path == "labels":
        latents = np.repeat(streams.evaluation_latents(0, 1, size), count, axis=0)
    else:
        latents = streams.evaluation_latents(0, count, size)
    mixed = None
    if request.mix_from is not None:
        mixed = streams.evaluation_latents(count, count, size)[:, : network.latent_size]
    if not network.conditional:
        return latents, None, mixed
    one_hot = np.eye(trained.shape.classes, dtype=np.float32)
    if request.path == "labels":
        assert request.label is not None
        assert request.to_label is not None
        return latents, PATHS["linear"](one_hot[request.label], one_hot[request.to_label], count), mixed
    chosen = np.arange(count) % trained.shape.classes if request.label is None else np.full(count, request.label)
    return latents, one_hot[chosen], mixed
