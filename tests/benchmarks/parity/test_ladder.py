"""`ganbench parity` for real: every rung holds between torch and Keras on TensorFlow, every mistake is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.cli.parity import check_parity
from benchmarks.machine.python import python_environment
from benchmarks.parity.jobs import ITERATIONS, Job, parity_cell
from benchmarks.parity.mutations import mutants
from common.errors import BadInput
from common.specs.models import model_spec
from tests.long import LONG, only_long

FP64_RUNGS = {
    (1, "names and shapes"),
    (2, "forward, training mode"),
    (2, "forward, inference mode"),
    (3, "loss terms"),
    (4, "gradients"),
    (5, "weights after 1 iteration"),
    (5, "running variances after 1 iteration"),
    (5, f"losses of {ITERATIONS} iterations"),
    (5, f"weights after {ITERATIONS} iterations"),
    (5, f"running variances after {ITERATIONS} iterations"),
}
EVERYWHERE = {
    "torch": {"batch-norm-epsilon", "batch-norm-momentum", "leaky-slope", "asymmetric-padding"},
    "keras": set(),
}
ADAM = {"torch": {"adam-beta"}, "keras": {"epsilon-placement"}}
# model -> the mistakes that it can make, by side
MISTAKES: dict[str, list[dict[str, set[str]]]] = {
    "dcgan": [EVERYWHERE, ADAM, {"torch": {"swapped-targets"}}],
    "lsgan": [EVERYWHERE, ADAM, {"torch": {"swapped-targets"}}],
    "wgan": [EVERYWHERE, {"torch": {"rmsprop-rho", "weight-clip"}, "keras": {"epsilon-placement"}}],
    "wgan-gp": [EVERYWHERE, ADAM, {"torch": {"normal-mixing", "no-penalty"}}],
    "cond-sngan": [
        {"torch": EVERYWHERE["torch"] - {"leaky-slope"}},
        ADAM,
        {"torch": {"hinge-margin", "undetached-singular-vector", "iteration-in-inference"}},
    ],
    "r3gan": [
        {"torch": {"leaky-slope", "asymmetric-padding"}},
        ADAM,
        {"torch": {"no-r1", "r2-on-reals", "shuffled-pairs"}},
        {"torch": {"constant-rate", "constant-beta-2", "constant-average"}},
    ],
}


def mistakes(model: str, *sides: str) -> set[str]:
    return {name for part in MISTAKES[model] for side in sides for name in part.get(side, set())}


def parity(cache: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.cli.main", "parity", *arguments, "--engines", "keras-tf", "--json"]
    done = subprocess.run(
        command,
        env=python_environment({"GANBENCH_CACHE": cache, "CUDA_VISIBLE_DEVICES": ""}),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.stdout.startswith("["), done.stderr[-4000:]
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    broken = [row for row in rows if not row["passed"]]
    assert (done.returncode == 0) == (not broken)
    return rows


@pytest.mark.parametrize(
    ("model", "executions"),
    [("dcgan", ("graph", "compiled") if LONG else ("compiled",)), pytest.param("wgan-gp", ("graph",), marks=only_long)],
    ids=["dcgan", "wgan-gp"],
)
def test_every_rung_holds_and_every_mistake_is_noticed(
    model: str, executions: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = parity(str(tmp_path_factory.getbasetemp() / "cache"), model, "--executions", ",".join(executions))
    assert [row for row in rows if not row["passed"]] == []
    assert {(row["model"], row["engine"]) for row in rows} == {(model, "keras-tf")}
    for execution in executions:
        found = [row for row in rows if row["execution"] == execution and row["rung"] < 7]
        assert {(row["rung"], row["name"]) for row in found if row["precision"] == "fp64"} == FP64_RUNGS
        assert {row["rung"] for row in found if row["precision"] == "fp32"} == {1, 2, 3, 4, 6}
        assert all(0 <= row["error"] <= row["tolerance"] for row in found)
        assert any(row["error"] > 0 for row in found)  # two engines were compared, not one with itself
    noticed = {row["name"].removeprefix("notices "): row for row in rows if row["rung"] == 7}
    assert noticed.keys() == mistakes(model, "torch", "keras")
    assert all(row["error"] > 1 and row["noticed_by"] for row in noticed.values())


# --- mistakes -------------------------------------------------------------------------------------------------------


def job(model: str, engine: str = "torch") -> Job:
    execution = "eager" if engine == "torch" else "graph"
    return Job(name="base", cell=parity_cell(model_spec(model), engine, execution, "fp64", "mnist-5k"))  # type: ignore[arg-type]


@pytest.mark.parametrize("side", ["torch", "keras"])
@pytest.mark.parametrize("model", MISTAKES)
def test_a_model_makes_the_mistakes_that_it_can_make_each_differing_in_one_thing(model: str, side: str) -> None:
    base = job(model, "torch" if side == "torch" else "keras-tf")
    kept = base.model_copy(deep=True)
    made = mutants(base, side)
    assert {each.name.removeprefix("base+") for each in made} == mistakes(model, side)
    assert len({(each.cell.id, each.mistake) for each in [base, *made]}) == 1 + len(made)
    assert all((each.cell.engine, each.cell.seed) == (base.cell.engine, base.cell.seed) for each in made)
    assert base == kept


def test_a_mistake_changes_its_field_and_no_other() -> None:
    base = job("wgan-gp")
    (made,) = [each for each in mutants(base, "torch") if each.name.endswith("no-penalty")]
    assert made.cell.model.objective.gradient_penalty == 0  # type: ignore[union-attr]
    assert made.cell.model.network == base.cell.model.network
    assert made.cell.model.optimizer == base.cell.model.optimizer


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((), None, None), "Which model? Name one or more"),
        ((("dcgann",), None, None), "Unknown model 'dcgann': did you mean 'dcgan'"),
        ((("dcgan",), ("keras-tff",), None), "did you mean 'keras-tf'"),
        ((("dcgan",), ("keras-tf",), ("fast",)), "Unknown execution 'fast'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_computed(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_parity(*arguments)
    assert words in str(caught.value)
