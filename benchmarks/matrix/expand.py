"""Matrices: a TOML file that names models, engines, data sets and seeds, expanded to the list of cells to train.

The engines of one (model, data set, seed) group are neighbours, and their order alternates from group to group
(A B, B A, A B, ...), so that a machine that slowly heats up or fills up disturbs all engines alike.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field

from benchmarks.machine.devices import resolve_device
from benchmarks.matrix.sweep import sweep_points
from common.errors import BadInput, unknown_name
from common.specs.base import Spec
from common.specs.cell import Cell, Precision, TrainingSpec, check_engine, override, validated
from common.specs.datasets import dataset_spec
from common.specs.models import MODELS, ModelSpec, model_spec
from common.specs.networks import resolutions

SHIPPED = Path(__file__).parent / "shipped"


class Matrix(Spec):
    """What a matrix file says. An engine is `name` (its default execution) or `name:execution`.

    `only.<model>` names the data sets that this model runs on, of those in `datasets`; a model without runs on all.
    `training` holds fields of TrainingSpec; `overrides.<model>` holds dotted fields of that model's spec, and, below
    `training`, of its training. `sweep` takes such fields through lists of values: every combination is a variant of
    all cells.
    """

    name: str
    models: tuple[str, ...] = Field(min_length=1)
    engines: tuple[str, ...] = Field(min_length=1)
    datasets: tuple[str, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    device: str = "auto"
    precision: Precision = "fp32"
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    sweep: dict[str, Any] = Field(default_factory=dict)


class Selection(Spec):
    """What the command line changes: None keeps the matrix' own list; `settings` are dotted fields, "model:" before
    a field limits it to that model."""

    models: tuple[str, ...] | None = None
    engines: tuple[str, ...] | None = None
    datasets: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    device: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


def shipped_matrices() -> list[str]:
    """The names of the matrices that come with ganbench."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_matrix(name_or_path: str) -> Matrix:
    """Read a matrix file, or the shipped matrix of that name.

    Raises:
        BadInput: no such file or name, malformed TOML (with its line), or a field that does not exist or fit.
    """
    path = SHIPPED / f"{name_or_path}.toml"
    if name_or_path not in shipped_matrices():
        path = Path(name_or_path)
        if not path.is_file():
            looks_like_path = "/" in name_or_path or path.suffix == ".toml"
            if looks_like_path:
                raise BadInput(
                    f"There is no matrix file {path}: give an existing TOML file or one of the shipped matrices "
                    f"({', '.join(shipped_matrices())})."
                )
            raise unknown_name("matrix", name_or_path, shipped_matrices())
    try:
        return parse_matrix(path.read_text(encoding="utf-8"), default_name=path.stem)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text: a matrix is a TOML file.") from error
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def parse_matrix(text: str, default_name: str = "matrix") -> Matrix:
    """A matrix from TOML text.

    Raises:
        BadInput: malformed TOML (with its line), or a field that does not exist or does not fit.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = str(error).replace(
            "at end of document", f"at line {max(1, len(text.splitlines()))}, the end of the file"
        )
        raise BadInput(f"malformed TOML: {place}.") from error
    fields = list(Matrix.model_fields)
    for key in data:
        if key not in fields:
            raise unknown_name("matrix field", key, fields)
    return validated(Matrix, {"name": default_name, **data})


def expand(matrix: Matrix, selection: Selection | None = None) -> list[Cell]:
    """The cells of a matrix, in the order they are to be trained; of a sweep, variant by variant.

    What the selection sets is not swept.

    Raises:
        BadInput: unknown names or fields, values out of range, a batch larger than the data set, a repeated name.
    """
    chosen = selection or Selection()
    if matrix.sweep:
        plain = matrix.model_copy(update={"sweep": {}})
        points = [{**point, **chosen.settings} for point in sweep_points(matrix.sweep)]
        variants = [expand(plain, chosen.model_copy(update={"settings": point})) for point in points]
        return list({cell.id: cell for cells in variants for cell in cells}.values())
    models = _chosen("models", matrix.models, chosen.models)
    engines = _chosen("engines", matrix.engines, chosen.engines)
    datasets = _chosen("datasets", matrix.datasets, chosen.datasets)
    seeds = _chosen("seeds", matrix.seeds, chosen.seeds)
    for name in (*matrix.overrides, *matrix.only):
        model_spec(name)
    device = resolve_device(chosen.device or matrix.device)
    pairs = [_engine(name) for name in engines]
    cells = []
    groups = [
        (model, dataset, seed)
        for model, dataset, seed in itertools.product(models, datasets, seeds)
        if dataset in matrix.only.get(model, datasets)
    ]
    for index, (model, dataset, seed) in enumerate(groups):
        spec, training = _specs(matrix, chosen.settings, model, dataset)
        for engine, execution in pairs if index % 2 == 0 else reversed(pairs):
            data = {
                "model": spec.model_dump(),
                "engine": engine,
                "dataset": dataset,
                "seed": seed,
                "execution": execution,
            }
            data |= {"precision": matrix.precision, "device": device, "training": training.model_dump()}
            cells.append(validated(Cell, data))
            _check_fit(cells[-1])
    return cells


def parse_settings(pairs: Iterable[str]) -> dict[str, Any]:
    """`--set key=value` options as a dictionary; values are TOML values, anything else is taken as text.

    Raises:
        BadInput: a pair without `=`.
    """
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise BadInput(f"--set {pair}: write it as key=value, for example training.epochs=2.")
        try:
            settings[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            settings[key.strip()] = value.strip()
    return settings


def _chosen(field: str, own: tuple[Any, ...], asked: tuple[Any, ...] | None) -> tuple[Any, ...]:
    names = own if asked is None else asked
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"{field} names '{name}' {names.count(name)} times: once is enough.")
    return names


def _engine(name: str) -> tuple[str, str]:
    engine, colon, execution = name.partition(":")
    return engine, check_engine(engine, execution if colon else None)


def _specs(matrix: Matrix, settings: dict[str, Any], model: str, dataset: str) -> tuple[ModelSpec, TrainingSpec]:
    """The model and training specs of one cell: defaults, then the data set, the matrix and the command line."""
    spec, data = model_spec(model), dataset_spec(dataset)
    own = flatten(matrix.overrides.get(model, {}))
    for key, value in settings.items():
        target, colon, field = key.partition(":")
        if colon and target not in MODELS:
            raise unknown_name("model", target, MODELS)
        if not colon or target == model:
            own[field if colon else key] = value
    # epochs=1 is short for training.epochs=1: models have no fields of these names
    own = {f"training.{key}" if key in TrainingSpec.model_fields else key: value for key, value in own.items()}
    changes = {"image_size": data.image_size, **flatten(matrix.training)}
    changes |= {key.removeprefix("training."): value for key, value in own.items() if key.startswith("training.")}
    training = override(TrainingSpec(), changes)
    spec = override(spec, {key: value for key, value in own.items() if not key.startswith("training.")})
    return spec, training


def _check_fit(cell: Cell) -> None:
    """That the cell's data set is large enough for one iteration of its largest batch."""
    training, model = cell.training, cell.model
    resolutions(training.image_size)
    images = dataset_spec(cell.dataset).splits["train"]
    if images is None:
        images = training.max_images
    elif training.max_images is not None:
        images = min(images, training.max_images)
    batch = max(phase.batch_size for phase in cell.phases())
    needed = batch * (1 if model.reuse_real_batch else model.n_critic)
    if images is not None and needed > images:
        raise BadInput(
            f"One iteration of {model.name} takes {needed} images (batch_size {batch}), but {cell.dataset} has "
            f"{images} to train on: make training.batch_size smaller."
        )


def flatten(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys: {"network": {"width": 32}} -> {"network.width": 32}."""
    flat: dict[str, Any] = {}
    for key, value in data.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat
