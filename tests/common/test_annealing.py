"""Values that glide while a model trains: by hand at the ends, in the middle and a third of the way."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.training.feed import Feed
from common.annealing import annealed
from common.errors import BadInput
from common.specs.annealing import Annealing
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.models import MODELS, ModelSpec, model_spec

START = {"learning_rate": 2e-4, "beta_2": 0.9, "r1": 0.5, "r2": 0.5}
FINAL = {"learning_rate": 5e-5, "beta_2": 0.99, "r1": 0.05, "r2": 0.05}


@pytest.mark.parametrize(("progress", "share"), [(0.0, 0.0), (1 / 3, 0.25), (0.5, 0.5), (2 / 3, 0.75), (1.0, 1.0)])
def test_values_go_along_half_a_cosine(progress: float, share: float) -> None:
    found = annealed(model_spec("r3gan"), progress)
    assert found.keys() == {*START, "ema_decay"}
    for name, start in START.items():
        assert found[name] == pytest.approx(start + share * (FINAL[name] - start), rel=1e-6)
        assert (found[name].dtype, found[name].shape) == (np.float32, ())


def test_the_averages_half_life_grows_from_nothing_to_its_own() -> None:
    model = override(model_spec("r3gan"), {"ema_decay": 0.5})  # a half-life of one iteration
    decays = [float(annealed(model, progress)["ema_decay"]) for progress in (0.0, 1 / 3, 0.5, 1.0)]
    assert decays == pytest.approx([0.0, 0.5**4, 0.25, 0.5], rel=1e-6)


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].annealing == Annealing()])
def test_what_is_not_annealed_is_not_there(name: str) -> None:
    assert annealed(model_spec(name), 0.5) == {}


@pytest.mark.parametrize(
    ("name", "field", "value", "missing"),
    [
        ("wgan", "beta_2", 0.99, "optimizer.beta_2"),
        ("dcgan", "r1", 0.1, "objective.r1"),
        ("dcgan", "r2", 0.1, "objective.r2"),
        ("dcgan", "averages_longer", True, "ema_decay"),
    ],
)
def test_what_has_no_start_cannot_glide(name: str, field: str, value: float, missing: str) -> None:
    with pytest.raises(BadInput, match=rf"annealing\.{field}: '{name}' has no {missing} to begin with"):
        override(model_spec(name), {f"annealing.{field}": value})


def test_batches_carry_the_values_of_their_iteration_of_the_whole_training() -> None:
    model: ModelSpec = model_spec("r3gan")
    training = TrainingSpec(epochs=3, batch_size=4, image_size=8)
    cell = Cell(model=model, engine="torch", dataset="x", execution="eager", training=training)
    feed = Feed(cell, np.zeros((8, 8, 8, 1), np.uint8))
    rates = [float(batch.annealed["learning_rate"]) for batch in feed.first(6)]
    expected = [float(annealed(model, iteration / 6)["learning_rate"]) for iteration in range(6)]
    assert rates == expected
    assert rates == sorted(rates, reverse=True)
