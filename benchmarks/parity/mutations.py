"""Mistakes that real ports have made; a ladder that does not notice each of them proves nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from benchmarks.parity.jobs import Job
from common.errors import BadInput
from common.specs.cell import override


class Mutation(NamedTuple):
    """A wrong constant or formula on one side; `changes` are spec fields, or None where the code is patched."""

    name: str
    side: str
    changes: dict[str, Any] | None


MUTATIONS = (
    Mutation("batch-norm-epsilon", "torch", {"network.normalization.epsilon": 1e-3}),
    Mutation("batch-norm-momentum", "torch", {"network.normalization.momentum": 0.99}),
    Mutation("leaky-slope", "torch", {"network.leaky_slope": 0.3}),
    Mutation("adam-beta", "torch", {"optimizer.beta_1": 0.9}),
    Mutation("rmsprop-rho", "torch", {"optimizer.rho": 0.9}),
    Mutation("epsilon-placement", "keras", {"optimizer.form": "stock"}),
    Mutation("normal-mixing", "torch", {"objective.mixing": "normal"}),
    Mutation("no-penalty", "torch", {"objective.gradient_penalty": 0.0}),
    Mutation("weight-clip", "torch", {"objective.weight_clip": 0.02}),
    Mutation("swapped-targets", "torch", {"objective.real_target": 0.0, "objective.fake_target": 1.0}),
    Mutation("asymmetric-padding", "torch", None),
)


def mutants(job: Job, side: str) -> list[Job]:
    """`job` with each mistake that its model can make on `side` ("torch" or "keras"), named `<job>+<mistake>`."""
    made = []
    for mutation in MUTATIONS:
        if mutation.side != side:
            continue
        name = f"{job.name}+{mutation.name}"
        if mutation.changes is None:
            made.append(job.model_copy(update={"name": name, "pads_asymmetrically": True}))
            continue
        if not _is_applicable(job, mutation.changes):
            continue
        cell = job.cell.model_copy(update={"model": override(job.cell.model, mutation.changes)})
        made.append(job.model_copy(update={"name": name, "cell": cell}))
    return made


def _is_applicable(job: Job, changes: dict[str, Any]) -> bool:
    """Whether the model has these fields, and in use: a penalty of 0 has no mixing, no clip no width."""
    data: Any = job.cell.model.model_dump()
    objective = data["objective"]
    if any(path in ("objective.mixing", "objective.gradient_penalty") for path in changes):
        return bool(objective.get("gradient_penalty"))
    if "objective.weight_clip" in changes:
        return bool(objective.get("weight_clip"))
    try:
        override(job.cell.model, changes)
    except BadInput:
        return False
    return True
