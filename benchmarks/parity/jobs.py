"""What one parity worker has to compute, and the small but complete training that every rung is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from benchmarks.results.records import RecordPart
from common.specs.cell import CONTENDER, Cell, TrainingSpec, override
from common.specs.engines import Execution, Precision
from common.specs.models import ModelSpec

DATASET = "mnist-5k"
ITERATIONS = 20
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


def cell_routes(cells: Sequence[Cell], base: Route) -> dict[str, Route]:
    """The routes that prove `cells` themselves: one for each training that differs in more than contender and seed.

    Args:
        cells: of a matrix.
        base: device, places and how much is climbed; its cell does not matter.

    Returns:
        The routes by name: model and data set, and what else tells them apart.
    """
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.identity(*CONTENDER, "seed", "device"), []).append(cell)
    routes: dict[str, Route] = {}
    for number, group in enumerate(found.values(), start=1):
        executions: dict[str, tuple[Execution, ...]] = {}
        for cell in group:
            known = executions.get(cell.engine, ())
            if (cell.engine, cell.execution) != ("torch", "eager") and cell.execution not in known:
                executions[cell.engine] = (*known, cell.execution)
        name = f"{group[0].model.name} {group[0].dataset}"
        route = replace(base, cell=group[0], executions=executions)
        routes[f"{name} {number}" if name in routes else name] = route
    return routes
