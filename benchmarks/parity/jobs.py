"""What one parity worker has to compute, and the small but complete training that every rung is measured on."""

from __future__ import annotations

from typing import Literal

from benchmarks.results.records import RecordPart
from common.specs.cell import Cell, TrainingSpec, override
from common.specs.engines import Execution, Precision
from common.specs.models import ModelSpec

ITERATIONS = 20
Part = Literal["ladder", "images"]


class Job(RecordPart):
    """One engine's share of a comparison; the result is written to `<name>.npz`.

    Attributes:
        cell: what to compute with.
        parts: "ladder" (forward, terms, gradients, training) and/or "images" (pictures of given weights).
        iterations: how many iterations are trained.
        phase: number of the phase to compute in, for growing networks; else 0.
        mistake: the function of the probe that plants a mistake in code; None: none.
    """

    name: str
    cell: Cell
    parts: tuple[Part, ...] = ("ladder",)
    iterations: int = ITERATIONS
    phase: int = 0
    mistake: str | None = None


def parity_cell(
    model: ModelSpec, engine: str, execution: Execution, precision: Precision, dataset: str, width: int = 16
) -> Cell:
    """A small training of `model`: digits at 16x16, batches of 16, every kind of layer and formula of the full one.

    Growing networks grow for one epoch a phase; `width` is every network's that has one.
    """
    narrow = {"network.width": width} if "width" in type(model.network).model_fields else {}
    return Cell(
        model=override(model, narrow),
        engine=engine,
        dataset=dataset,
        seed=1,
        execution=execution,
        precision=precision,
        training=TrainingSpec(epochs=1, batch_size=16, image_size=16),
    )


def compared_phases(cell: Cell) -> list[int]:
    """The phases that are compared: the only one, or the last fading and the last stable one of a growing network."""
    phases = cell.phases()
    return [len(phases) - 2, len(phases) - 1] if len(phases) > 1 else [0]
