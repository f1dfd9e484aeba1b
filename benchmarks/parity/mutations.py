"""Mistakes that real ports have made; a ladder that does not notice each of them proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.parity.jobs import Job
from common.errors import BadInput
from common.specs.cell import override
from common.specs.models import ModelSpec


class Mutation(NamedTuple):
    """A wrong constant or formula on one side.

    `changes` are spec fields, computed from the model where they depend on it, or the name of a function of
    `MistakenProbe`, which patches the code; `is_used` tells whether a model that has these fields uses them: a penalty
    of 0 has no mixing.
    """

    name: str
    side: str
    changes: dict[str, Any] | Callable[[ModelSpec], dict[str, Any]] | str
    is_used: Callable[[ModelSpec], bool] = lambda model: True


def _wrong(field: str, value: Any, instead: Any) -> Callable[[ModelSpec], dict[str, Any]]:
    """`field` becomes `value`; `instead`, where a matrix has given the model that very value."""

    def changes(model: ModelSpec) -> dict[str, Any]:
        # floats of specs are float32's, and so are these once they are in one
        same = override(model, {field: value}) == model
        return {field: instead if same else value}

    return changes


def _swapped_targets(model: ModelSpec) -> dict[str, Any]:
    real, fake = (getattr(model.objective, f"{name}_target", None) for name in ("real", "fake"))
    return {"objective.real_target": fake, "objective.fake_target": real}


def _divides(model: ModelSpec) -> bool:
    return hasattr(model.optimizer, "epsilon")


def _penalizes(model: ModelSpec) -> bool:
    return model.objective.gradient_penalty > 0


def _r2_on_reals(model: ModelSpec) -> dict[str, Any]:
    r1, late = model.objective.r1 + model.objective.r2, model.annealing
    later = late.r1 + late.r2 if late.r1 is not None and late.r2 is not None else None
    return {"objective.r1": r1, "objective.r2": 0.0, "annealing.r1": later, "annealing.r2": None}


def _anneals(name: str) -> Callable[[ModelSpec], bool]:
    return lambda model: bool(getattr(model.annealing, name))


def _has_spectral_norm(model: ModelSpec) -> bool:
    return model.network.critic_has_spectral_norm


MUTATIONS = (
    Mutation("batch-norm-epsilon", "torch", _wrong("network.normalization.epsilon", 1e-3, 1e-5)),
    Mutation("batch-norm-momentum", "torch", _wrong("network.normalization.momentum", 0.99, 0.9)),
    Mutation("leaky-slope", "torch", _wrong("network.leaky_slope", 0.3, 0.2)),
    Mutation("adam-beta", "torch", _wrong("optimizer.beta_1", 0.9, 0.5)),
    Mutation("rmsprop-rho", "torch", _wrong("optimizer.rho", 0.9, 0.99)),
    Mutation("epsilon-placement", "keras", _wrong("optimizer.form", "stock", "published"), _divides),
    Mutation("normal-mixing", "torch", _wrong("objective.mixing", "normal", "uniform"), _penalizes),
    Mutation("no-penalty", "torch", {"objective.gradient_penalty": 0.0}, _penalizes),
    Mutation("no-r1", "torch", {"objective.r1": 0.0, "annealing.r1": None}, lambda model: model.objective.r1 > 0),
    Mutation("r2-on-reals", "torch", _r2_on_reals, lambda model: model.objective.r2 > 0),
    Mutation("shuffled-pairs", "torch", "shuffle_pairs", lambda model: model.objective.pairs),
    Mutation("constant-rate", "torch", {"annealing.learning_rate": None}, _anneals("learning_rate")),
    Mutation("constant-beta-2", "torch", {"annealing.beta_2": None}, _anneals("beta_2")),
    Mutation("constant-average", "torch", {"annealing.averages_longer": False}, _anneals("averages_longer")),
    Mutation("weight-clip", "torch", _wrong("objective.weight_clip", 0.02, 0.01), lambda model: model.objective.clips),
    Mutation("swapped-targets", "torch", _swapped_targets),
    Mutation("hinge-margin", "torch", _wrong("objective.margin", 0.5, 1.0)),
    Mutation("undetached-singular-vector", "torch", "keep_vector_gradients", _has_spectral_norm),
    Mutation("iteration-in-inference", "torch", "iterate_in_inference", _has_spectral_norm),
    Mutation("asymmetric-padding", "torch", "pad_asymmetrically", lambda model: model.network.convolves),
)


def mutants(job: Job, side: str) -> list[Job]:
    """`job` with each mistake that its model can make on `side` ("torch" or "keras"), named `<job>+<mistake>`."""
    made = []
    for mutation in MUTATIONS:
        if mutation.side != side or not mutation.is_used(job.cell.model):
            continue
        name = f"{job.name}+{mutation.name}"
        if isinstance(mutation.changes, str):
            made.append(job.model_copy(update={"name": name, "mistake": mutation.changes}))
            continue
        try:
            changes = mutation.changes(job.cell.model) if callable(mutation.changes) else mutation.changes
            model = override(job.cell.model, changes)
        except BadInput:
            continue  # the model has no such field
        made.append(job.model_copy(update={"name": name, "cell": job.cell.model_copy(update={"model": model})}))
    return made
