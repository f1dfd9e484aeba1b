"""What one parity worker has to compute, and the small but complete training that every rung is measured on."""

from __future__ import annotations

from typing import Literal

from benchmarks.records import RecordPart
from common.specs.cell import Cell, Execution, Precision, TrainingSpec, override
from common.specs.models import ModelSpec

ITERATIONS = 20
Part = Literal["ladder", "images"]


class Job(RecordPart):
    """One engine's share of a comparison; the result is written to `<name>.npz`.

    Attributes:
        cell: what to compute with.
        parts: "ladder" (forward, terms, gradients, training) and/or "images" (pictures of given weights).
        pads_asymmetrically: whether the discriminator's convolutions are padded wrongly on purpose.
    """

    name: str
    cell: Cell
    parts: tuple[Part, ...] = ("ladder",)
    pads_asymmetrically: bool = False


def parity_cell(model: ModelSpec, engine: str, execution: Execution, precision: Precision, dataset: str) -> Cell:
    """A narrow training of `model`: real digits, batches of 16, every layer and every formula of the full one."""
    return Cell(
        model=override(model, {"network.width": 16}),
        engine=engine,
        dataset=dataset,
        seed=1,
        execution=execution,
        precision=precision,
        training=TrainingSpec(batch_size=16, image_size=32),
    )
