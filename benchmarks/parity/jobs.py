"""What one parity worker has to compute, and the small but complete training that every rung is measured on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.results.records import RecordPart
from benchmarks.results.variants import variants
from common.specs.cell import CONTENDER, Cell, TrainingSpec, override
from common.specs.engines import Execution, Precision
from common.specs.models import ModelSpec

DATASET = "mnist-5k"
ITERATIONS = 20
MATRIX_ITERATIONS = 3  # of trainings as large as a user's; the third uses what two updates have left
REFERENCE: tuple[str, Execution] = ("torch", "eager")  # what everybody is held against
Part = Literal["ladder", "images"]
PARTS: dict[Precision, tuple[Part, ...]] = {"fp64": ("ladder",), "fp32": ("ladder", "images")}


class Job(RecordPart):
    """One engine's share of a comparison; the result is written to `<name>.npz`.

    Attributes:
        cell: what to compute with.
        parts: "ladder" (forward, terms, gradients, training) and/or "images" (pictures of given weights).
        iterations: how many iterations are trained.
        phase: number of the phase to compute in, for growing networks; else 0.
        mistake: the function of the probe that plants a mistake in code; None: none.
        data_dir, cache_dir: where the data set's own files lie, and the prepared ones; None: where they usually do.
    """

    name: str
    cell: Cell
    parts: tuple[Part, ...] = ("ladder",)
    iterations: int = ITERATIONS
    phase: int = 0
    mistake: str | None = None
    data_dir: Path | None = None
    cache_dir: Path | None = None


@dataclass(frozen=True)
class Route:
    """The training on which a ladder is climbed, and how much of it.

    Attributes:
        cell: all of it but engine, execution and precision, which change from climb to climb; its device counts.
        precisions: float64, where equal programs give equal numbers; float32, where rounding is the subject.
        iterations: how many are trained.
        device: "cpu" or "cuda:<index>".
        data_dir, cache_dir: as in `Job`.
        executions: by engine, those that are wanted; an engine without any climbs with its usual ones.
    """

    cell: Cell
    precisions: tuple[Precision, ...] = ("fp64", "fp32")
    iterations: int = ITERATIONS
    device: str = "cpu"
    data_dir: Path | None = None
    cache_dir: Path | None = None
    executions: dict[str, tuple[Execution, ...]] = field(default_factory=dict)

    @property
    def training(self) -> str:
        """Twelve hexadecimal digits of what is climbed on, and how much of it: equal routes, equal digits."""
        facts = [training_key(self.cell), self.device.partition(":")[0], self.iterations, self.precisions]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]

    def jobs(self, engine: str, execution: Execution) -> list[Job]:
        """What `engine` computes: every precision in every phase that is compared."""
        return [
            Job(
                name=f"{execution}-{precision}-{phase}",
                cell=self._cell(engine, execution, precision),
                parts=PARTS[precision],
                iterations=self.iterations,
                phase=phase,
                data_dir=self.data_dir,
                cache_dir=self.cache_dir,
            )
            for precision in self.precisions
            for phase in compared_phases(self.cell)
        ]

    def _cell(self, engine: str, execution: Execution, precision: Precision) -> Cell:
        how = {"engine": engine, "execution": execution, "precision": precision, "stock": False}
        return self.cell.model_copy(update={**how, "device": self.device.partition(":")[0]})


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


def small_route(model: ModelSpec, device: str = "cpu", dataset: str = DATASET) -> Route:
    """The route of `ganbench parity MODEL`: `parity_cell`."""
    return Route(parity_cell(model, "torch", "eager", "fp64", dataset), device=device)


def training_key(cell: Cell) -> str:
    """Equal for cells that one climb proves: they differ in contender, seed and device at most."""
    return cell.identity(*CONTENDER, "seed", "device")


def cell_routes(cells: Sequence[Cell], device: str, data_dir: Path | None, cache_dir: Path | None) -> dict[str, Route]:
    """The routes that prove `cells` themselves, in float64: one for each training that is one by `training_key`.

    Args:
        cells: of a matrix.
        device: "cpu" or "cuda:<index>", where all engines compute.
        data_dir, cache_dir: as in `Job`.

    Returns:
        The routes by name: model and data set, and what else tells them apart.
    """
    told = variants(cells)
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(training_key(cell), []).append(cell)
    routes: dict[str, Route] = {}
    for number, group in enumerate(found.values(), start=1):
        executions: dict[str, tuple[Execution, ...]] = {}
        for cell in group:
            known = executions.get(cell.engine, ())
            if (cell.engine, cell.execution) != REFERENCE and cell.execution not in known:
                executions[cell.engine] = (*known, cell.execution)
        first = group[0]
        name = " ".join(filter(None, [first.model.name, first.dataset, told[first.identity("seed")]]))
        route = Route(first, ("fp64",), MATRIX_ITERATIONS, device, data_dir, cache_dir, executions)
        routes[f"{name} {number}" if name in routes else name] = route
    return routes
