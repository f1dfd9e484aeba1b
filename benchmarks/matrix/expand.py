"""A matrix expanded to the list of cells to train, with what the command line changes.

The engines of one (model, data set, seed) group are neighbours, and their order alternates from group to group
(A B, B A, A B, ...), so that a machine that slowly heats up or fills up disturbs all engines alike.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from benchmarks.machine.devices import resolve_devices
from benchmarks.matrix.file import JudgeTable, Matrix
from benchmarks.matrix.sweep import count_points, sweep_points
from benchmarks.results.aims import Aims
from common.errors import BadInput, unknown_name
from common.specs.base import Spec, flatten
from common.specs.cell import Cell, TrainingSpec, override, validated
from common.specs.datasets import dataset_spec
from common.specs.engines import check_precision, contender
from common.specs.judge import JudgeSpec
from common.specs.models import MODELS, ModelSpec, model_spec
from common.specs.networks import resolutions

# where fields of [judge] stand among --set's, and of them its thresholds
JUDGE, QUALITY = "judge.", "quality."
# many machines train for years on so many; what asks for more is a mistake, and would fill the memory before it ends
MOST_CELLS = 100_000


class Selection(Spec):
    """What the command line changes: None keeps the matrix' own list; `settings` are dotted fields, "model:" before
    a field limits it to that model."""

    models: tuple[str, ...] | None = None
    engines: tuple[str, ...] | None = None
    datasets: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    device: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


def expand(matrix: Matrix, selection: Selection | None = None) -> list[Cell]:
    """The cells of a matrix, in the order they are to be trained; of a sweep, variant by variant.

    What the selection sets is not swept.

    Raises:
        BadInput: unknown names or fields, values out of range, a batch larger than the data set, a repeated name, too
            many cells.
    """
    chosen = selection or Selection()
    _check_count(matrix, chosen)
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
    device = chosen_devices(matrix, chosen)[0].partition(":")[0]
    judge = _judge(matrix, chosen.settings).spec()
    if judge != JudgeSpec():
        from common.metrics.judge import check_judge  # brings SciPy, which most matrices need not wait for

        check_judge(judge)
    contenders = [contender(name) for name in engines]
    cells = []
    groups = [
        (model, dataset, seed)
        for model, dataset, seed in itertools.product(models, datasets, seeds)
        if dataset in matrix.only.get(model, datasets)
    ]
    for index, (model, dataset, seed) in enumerate(groups):
        spec, training = _specs(matrix, chosen.settings, model, dataset)
        for each in contenders if index % 2 == 0 else reversed(contenders):
            how = each._asdict() | {"precision": each.precision or check_precision(each.engine, matrix.precision)}
            data = {"model": spec.model_dump(), **how, "dataset": dataset, "seed": seed, "device": device}
            data |= {"training": training.model_dump(), "judge": judge.model_dump()}
            cells.append(validated(Cell, data))
            _check_fit(cells[-1])
    return cells


def chosen_devices(matrix: Matrix, selection: Selection) -> tuple[str, ...]:
    """The devices that the cells are trained on, all of one kind: "cpu", or "cuda:<index>" of each GPU.

    Raises:
        BadInput: no such kind of device, or a GPU that is not there.
    """
    return resolve_devices(selection.device or matrix.device)


def chosen_aims(matrix: Matrix, selection: Selection) -> Aims:
    """What the run is to decide, after the command line's changes.

    Raises:
        BadInput: as `Matrix.aims`.
    """
    return matrix.model_copy(update={"judge": _judge(matrix, selection.settings)}).aims()


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
        except (ValueError, RecursionError):  # no TOML value, or one that no field takes
            settings[key.strip()] = value.strip()
    return settings


def _check_count(matrix: Matrix, chosen: Selection) -> None:
    axes = [getattr(chosen, name) or getattr(matrix, name) for name in ("models", "engines", "datasets", "seeds")]
    count = count_points(matrix.sweep) * math.prod(map(len, axes))
    if count > MOST_CELLS:
        raise BadInput(f"This matrix has {count:,} cells, and one has at most {MOST_CELLS:,}: make several of it.")


def _chosen(field: str, own: tuple[Any, ...], asked: tuple[Any, ...] | None) -> tuple[Any, ...]:
    names = own if asked is None else asked
    for name, count in Counter(names).items():
        if count > 1:
            raise BadInput(f"{field} names '{name}' {count} times: once is enough.")
    return names


def _specs(matrix: Matrix, settings: dict[str, Any], model: str, dataset: str) -> tuple[ModelSpec, TrainingSpec]:
    """The model and training specs of one cell: defaults, then the data set, the matrix and the command line."""
    spec, data = model_spec(model), dataset_spec(dataset)
    own = flatten(matrix.overrides.get(model, {}))
    for key, value in settings.items():
        if key.startswith(JUDGE):
            continue
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


def _judge(matrix: Matrix, settings: dict[str, Any]) -> JudgeTable:
    """How the matrix and the command line want samples to be judged."""
    own = {key.removeprefix(JUDGE): value for key, value in settings.items() if key.startswith(JUDGE)}
    quality = {key: own.pop(key) for key in list(own) if key.startswith(QUALITY)}
    table = override(matrix.judge, own)
    thresholds = {key.removeprefix(QUALITY): value for key, value in quality.items()}
    return table.model_copy(update={"quality": {**table.quality, **thresholds}})


def _check_fit(cell: Cell) -> None:
    """That there are images enough for one iteration of the largest batch, and samples enough to be scored."""
    training, model = cell.training, cell.model
    if (cell.judge.n or 0) > training.sample_count:
        raise BadInput(
            f"judge.n asks for {cell.judge.n} samples, but training.sample_count draws {training.sample_count}: "
            "make it as large."
        )
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
