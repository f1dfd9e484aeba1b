"""What a matrix' cells are proven by: their own training, once for all contenders and seeds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.parity.jobs import Route, cell_routes, compared_phases
from benchmarks.parity.worker import first_batches, first_weights
from benchmarks.training.data import open_data
from benchmarks.training.feed import Feed
from common.initial_weights import initial_weights

MATRIX = """
models = ["dcgan", "pggan"]
engines = ["torch", "torch:compiled", "keras-tf", "keras-tf:compiled:bf16", "keras-jax"]
datasets = ["mnist-5k", "toy-shapes"]
seeds = [3, 4]
device = "cpu"
[training]
image_size = 16
batch_size = 12
epochs = 3
flip = true
[overrides.dcgan]
network.width = 12
optimizer.beta_1 = 0.4
"""


def routes() -> dict[str, Route]:
    cells = expand(parse_matrix(MATRIX))
    return cell_routes(cells, "cpu", None, None)


def test_every_training_is_proven_once_with_the_executions_of_its_contenders() -> None:
    found = routes()
    assert list(found) == ["dcgan mnist-5k", "dcgan toy-shapes", "pggan mnist-5k", "pggan toy-shapes"]
    for route in found.values():
        kept = {name: set(executions) for name, executions in route.executions.items()}
        assert kept == {"torch": {"compiled"}, "keras-tf": {"graph", "compiled"}, "keras-jax": {"compiled"}}


def test_nothing_but_the_contender_is_changed() -> None:
    route = routes()["dcgan toy-shapes"]
    (job,) = route.jobs("keras-tf", "graph")
    assert (job.cell.engine, job.cell.execution, job.cell.precision, job.iterations) == ("keras-tf", "graph", "fp64", 3)
    assert job.cell.training.flip
    assert (job.cell.training.batch_size, job.cell.training.image_size, job.cell.seed) == (12, 16, 3)
    assert job.cell.model.optimizer.beta_1 == pytest.approx(0.4)  # type: ignore[union-attr]
    assert job.cell.model == route.cell.model


def test_trainings_that_differ_in_a_field_are_proven_each() -> None:
    cells = expand(parse_matrix(MATRIX + '\n[sweep]\n"training.batch_size" = [8, 16]\n'))
    found = cell_routes(cells, "cpu", None, None)
    assert len(found) == 8
    assert "dcgan toy-shapes training.batch_size=8" in found
    assert len({route.training for route in found.values()}) == 8
    assert {route.cell.training.batch_size for route in found.values()} == {8, 16}


def test_a_fading_phase_is_met_where_its_block_is_half_there() -> None:
    route = routes()["pggan mnist-5k"]
    dataset, _ = open_data(route.cell)
    feed, phases = Feed.of(route.cell, dataset), route.cell.phases()
    fading, stable = (phases[number] for number in compared_phases(route.cell))
    assert fading.fading
    batches = first_batches(feed, fading, 2)
    assert all(0.3 < float(batch.alpha) < 0.7 for batch in batches)
    assert {batch.images.shape[1:3] for batch in batches} == {(12, 16)}
    assert float(first_batches(feed, stable, 1)[0].alpha) == 1.0


def test_a_ladder_begins_with_the_initial_weights_but_for_biases() -> None:
    shapes = {"generator.a.kernel": (3, 4), "generator.a.bias": (500,), "generator_ema.a.bias": (500,)}
    cell = routes()["pggan mnist-5k"].cell
    initial = initial_weights(shapes, cell.seed, cell.model.network.initialization)
    first = first_weights(SimpleNamespace(weight_shapes=lambda: shapes), cell)  # type: ignore[arg-type]
    assert (first["generator.a.kernel"] == initial["generator.a.kernel"]).all()
    bias = first["generator.a.bias"]
    assert (bias.dtype, float(bias.std())) == (np.float32, pytest.approx(0.02, rel=0.1))
    assert (bias != 0).all()
    assert (first["generator_ema.a.bias"] == bias).all()


def test_an_epoch_that_is_too_short_is_begun_again() -> None:
    cells = expand(parse_matrix(MATRIX.replace("epochs = 3", "epochs = 1\nmax_images = 30")))
    dataset, _ = open_data(cells[0])
    batches = first_batches(Feed.of(cells[0], dataset), cells[0].phases()[0], 5)
    assert len(batches) == 5
    assert (batches[0].images == batches[2].images).all()
