"""All models on every Keras backend against torch: two iterations of very narrow networks, in float64."""

from __future__ import annotations

import pytest

from benchmarks.parity.compare import LADDER
from benchmarks.parity.jobs import DATASET, Job, compared_phases, parity_cell
from benchmarks.parity.ladder import usual_executions
from benchmarks.parity.launch import Results, run_jobs
from common.data.loading import load_dataset
from common.specs.models import MODELS, model_spec
from tests.long import LONG

ITERATIONS = 2
# Keras on torch, which compiles nothing, climbs with all of them; TensorFlow with a second derivative, with classes in
# growing networks, and with residual ones; JAX, which compiles for longest, with one
QUICK = {"keras-tf": ("wgan-gp", "cpggan", "r3gan"), "keras-jax": ("cpggan",)}
RUNGS = [rung for rung in LADDER if "fp64" in rung.tolerance and "20 iterations" not in rung.name]


def models(engine: str) -> tuple[str, ...]:
    """Which models the engine is tried with."""
    return tuple(MODELS) if LONG else QUICK.get(engine, tuple(MODELS))


def jobs(engine: str) -> list[Job]:
    """The cheapest execution of every model, in a fading and a stable phase where it grows.

    JAX compiles for long, and only in the fading phase, of whose network the stable phase's is a part.
    """
    execution = "eager" if engine == "torch" else usual_executions(engine)[0]
    made = []
    for name in models(engine):
        cell = parity_cell(model_spec(name), engine, execution, "fp64", DATASET, width=4)
        phases = compared_phases(cell)[: 1 if engine == "keras-jax" else None]
        made += [Job(name=f"{name}-{phase}", cell=cell, iterations=ITERATIONS, phase=phase) for phase in phases]
    return made


@pytest.fixture(scope="module")
def torch_results() -> Results:
    load_dataset(DATASET, image_size=16)
    return run_jobs(jobs("torch"))


@pytest.mark.parametrize("engine", ["keras-tf", "keras-jax", "keras-torch"])
def test_every_model_climbs(engine: str, torch_results: Results) -> None:
    found = run_jobs(jobs(engine))
    assert {name.rpartition("-")[0] for name in found} == set(models(engine))
    errors = {
        (job, rung.name): (rung.error(torch_results[job], found[job]), rung.tolerance["fp64"])
        for job in found
        for rung in RUNGS
    }
    assert {where: error for where, error in errors.items() if error[0] > error[1]} == {}
    assert any(error > 0 for error, _ in errors.values())  # two engines were compared, not one with itself
