"""Cells: ids that follow from every field and nothing else, fields changed by name, refusals in one sentence."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from common.errors import BadInput
from common.specs.cell import Cell, TrainingSpec, override, validated
from common.specs.models import MODELS, ModelSpec, model_spec
from common.specs.objectives import Hinge
from common.specs.optimizers import RmspropSpec

MODEL_NAMES = sorted(MODELS)


def cell(model: str = "wgan-gp", **changes: Any) -> Cell:
    fields: dict[str, Any] = {
        "model": model_spec(model),
        "engine": "torch",
        "dataset": "mnist-5k",
        "execution": "eager",
        "training": TrainingSpec(epochs=8),
    }
    return Cell(**{**fields, **changes})


# --- identity -------------------------------------------------------------------------------------------------------


def test_identity_is_sorted_and_tight() -> None:
    identity = cell().identity()
    assert identity == json.dumps(json.loads(identity), sort_keys=True, separators=(",", ":"))


def test_id_is_twelve_digits_of_the_sha256_of_the_identity() -> None:
    made = cell()
    assert made.id == hashlib.sha256(made.identity().encode()).hexdigest()[:12]
    assert made.id in made.label
    assert made.label.startswith("wgan-gp-mnist-5k-s0-torch-eager-")


@pytest.mark.parametrize(
    "other",
    [
        override(cell(), {"model.source": "A corrected citation"}),
        cell(training=TrainingSpec(epochs=8, checkpoint_every=3)),
    ],
    ids=["citation", "cadence"],
)
def test_what_determines_no_number_changes_no_id(other: Cell) -> None:
    assert other != cell()
    assert other.id == cell().id


def test_a_device_is_a_kind_without_an_index() -> None:
    assert cell(device="cuda").id != cell().id
    with pytest.raises(ValidationError):
        cell(device="cuda:1")


def test_identity_can_leave_fields_out_to_find_twins() -> None:
    assert cell(seed=1).identity("seed") == cell(seed=2).identity("seed")
    twin = cell(engine="keras-tf", execution="graph")
    assert twin.identity("engine", "execution") == cell().identity("engine", "execution")
    assert twin.identity() != cell().identity()


def test_id_is_the_same_in_another_process() -> None:
    program = "import sys; from common.specs.cell import Cell\nprint(Cell.model_validate_json(sys.stdin.read()).id)"
    made = cell()
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=made.model_dump_json(),
        env={"PYTHONHASHSEED": "123", "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == made.id


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_cell_survives_its_json_and_keeps_its_id_whatever_the_order_of_the_fields(model: str) -> None:
    made = cell(model)
    data = json.loads(made.model_dump_json())
    read = Cell.model_validate(reversed_fields(data))
    assert read == made
    assert read.id == made.id


def reversed_fields(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: reversed_fields(value) for key, value in reversed(data.items())}
    return data


def leaves(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def other_values(value: Any) -> list[Any]:
    """Values near `value` of which a field accepts at least one, if it can be changed at all."""
    words = ["eager", "graph", "fp64", "cuda", "stock", "none", "normal", "group", "batch", "other"]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value * 2, value / 2, value + 0.25, 64]
    return [word for word in words if word != value] + [0.5, 7]


def test_how_a_cell_is_judged_is_no_part_of_its_identity() -> None:
    made = cell()
    changed = override(made, {"judge.k": 4, "judge.metrics": "fid,kid"})
    assert changed != made
    assert changed.id == made.id
    assert Cell.model_validate_json(changed.model_dump_json()).judge.metrics == ("fid", "kid")


def bound_fields(model: ModelSpec) -> set[str]:
    """What cannot change alone: no penalty of samples in a batch norm, and no annealing of what is not there."""
    found = {"gradient_penalty", "r1", "r2"} if model.network.critic_has_batch_norm else set()
    there = {"r1": model.objective.r1, "r2": model.objective.r2, "averages_longer": model.ema_decay}
    there["beta_2"] = getattr(model.optimizer, "beta_2", None)
    absent = {f"model.annealing.{name}" for name, value in there.items() if not value}
    return {f"model.objective.{name}" for name in found} | absent


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_every_field_that_is_changed_changes_the_id(model: str) -> None:
    base = cell(model)
    ids, unchanged = {base.id}, []
    fields = dict(leaves(base.model_dump(exclude={"judge"})))
    for path in ("model.source", "training.checkpoint_every"):  # provenance and cadence: see above
        del fields[path]
    for path, value in fields.items():
        for other in other_values(value):
            try:
                changed = override(base, {path: other})
            except BadInput:
                continue
            if changed != base:
                assert changed.id not in ids, f"{path} = {other!r} has the id of another cell"
                ids.add(changed.id)
                break
        else:
            unchanged.append(path)
    # what selects the kind of a part cannot change alone; some parts have one allowed value or are lists
    free = [path for path in unchanged if path.rpartition(".")[2] not in ("kind", "family", "conditional", "stages")]
    assert set(free) <= bound_fields(base.model)
    assert len(ids) == 1 + len(fields) - len(unchanged)
    assert len(ids) > 20


def test_same_cell_built_in_two_ways_has_one_id() -> None:
    changes = {"model.network.width": 32, "training.epochs": 3}
    assert (
        override(cell(), changes).id
        == override(override(cell(), {"training.epochs": 3}), {"model.network.width": 32}).id
    )
    assert override(cell(), {"model.network.leaky_slope": 0.2}) == cell()  # the float32 of 0.2 is the float32 of 0.2


def test_numbers_that_are_equal_in_float32_are_one_cell() -> None:
    tiny = override(cell(), {"model.network.leaky_slope": 0.2 + 1e-12})
    assert tiny.id == cell().id


# --- changing fields ------------------------------------------------------------------------------------------------


def test_override_changes_what_it_names_and_nothing_else() -> None:
    base = model_spec("wgan-gp")
    changed = override(base, {"network.width": 7, "objective.gradient_penalty": 2.5})
    assert (changed.network.width, changed.objective.gradient_penalty) == (7, 2.5)  # type: ignore[union-attr]
    assert base == model_spec("wgan-gp")
    before, after = dict(leaves(base.model_dump())), dict(leaves(changed.model_dump()))
    assert {path for path in before if before[path] != after[path]} == {"network.width", "objective.gradient_penalty"}
    assert override(base, {}) == base


def test_a_part_can_be_named_alone_and_then_has_its_usual_constants() -> None:
    changed = override(model_spec("dcgan"), {"objective": "hinge", "optimizer": "rmsprop"})
    assert (changed.objective, changed.optimizer) == (Hinge(margin=1.0), RmspropSpec())
    assert override(changed, {"objective.margin": 0.5}).objective == Hinge(margin=0.5)
    with pytest.raises(BadInput, match=r"objective\.kind: .*did you mean 'hinge'"):
        override(model_spec("dcgan"), {"objective": "hing"})


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("network.widht", "network.width"),
        ("netwrk.width", "network.width"),
        ("ncritic", "n_critic"),
        ("objective.gradientpenalty", "objective.gradient_penalty"),
        ("optimizer.lr_rate", "optimizer.learning_rate"),
        ("network.width.more", "network.width"),
    ],
)
def test_unknown_field_names_the_nearest_one(path: str, near: str) -> None:
    with pytest.raises(BadInput, match="Unknown field") as caught:
        override(model_spec("wgan-gp"), {path: 3})
    assert f"'{path}': did you mean '{near}'?" in str(caught.value)


REFUSED = [
    ("model.n_critic", 0),
    ("model.n_critic", -3),
    ("model.n_critic", 1.5),
    ("model.objective.gradient_penalty", -1),
    ("model.objective.drift", -1e-3),
    ("model.objective.weight_clip", 0),
    ("model.objective.mixing", "beta"),
    ("model.network.width", 0),
    ("model.network.width", 100_000),
    ("model.network.width", "wide"),
    ("model.network.latent_size", 0),
    ("model.network.leaky_slope", -0.1),
    ("model.network.initialization.kernel_std", 0),
    ("model.optimizer.learning_rate", 0),
    ("model.optimizer.learning_rate", -1e-4),
    ("model.optimizer.learning_rate", float("nan")),
    ("model.optimizer.learning_rate", float("inf")),
    ("model.optimizer.beta_1", 1),
    ("model.optimizer.beta_2", 0.99999999999),
    ("model.optimizer.epsilon", 0),
    ("model.optimizer.form", "own"),
    ("seed", -1),
    ("seed", 2**63),
    ("execution", "fast"),
    ("precision", "fp8"),
    ("training.epochs", 0),
    ("training.batch_size", 1),
    ("training.max_images", 0),
    ("training.sample_count", 0),
    ("training.checkpoint_every", 0),
    ("training.flip", "perhaps"),
]


@pytest.mark.parametrize(("path", "value"), REFUSED, ids=lambda each: str(each))
def test_refused_value_is_one_sentence_with_the_field_and_the_value(path: str, value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        override(cell(), {path: value})
    sentence = str(caught.value)
    assert path.rpartition(".")[2] in sentence.partition(":")[0]
    assert sentence.startswith(path.partition(".")[0])
    assert "(got " in sentence
    assert "\n" not in sentence


def test_extra_and_missing_fields_are_named() -> None:
    with pytest.raises(BadInput, match=r"^epoch: Extra inputs"):
        validated(TrainingSpec, {"epoch": 3})
    with pytest.raises(BadInput, match=r"^engine: Field required"):
        validated(Cell, {key: value for key, value in cell().model_dump().items() if key != "engine"})
    with pytest.raises(BadInput, match="TrainingSpec"):
        validated(TrainingSpec, 3)


def test_a_contender_says_how_it_trains_and_what_is_compiled() -> None:
    made = cell()
    assert (made.contender, made.region) == ("torch eager", "nothing")
    other = override(made, {"execution": "compiled", "precision": "bf16", "stock": True})
    assert other.contender == "torch compiled bf16 stock"
    assert "all gradients" in other.region
    assert other.label.startswith("wgan-gp-mnist-5k-s0-torch-compiled-bf16-stock-")
    assert override(made, {"engine": "keras-tf", "execution": "graph"}).region.endswith("as one tf.function")


def test_a_cell_without_the_switch_is_the_cell_of_before_there_was_one() -> None:
    assert "stock" not in json.loads(cell().identity())
    assert json.loads(override(cell(), {"stock": True}).identity())["stock"] is True
