"""What a run would do: its cells, whether their data are at hand, and how much they would train and write."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from benchmarks.data.commands import presence
from benchmarks.results.records import Record
from benchmarks.results.rows import Row, cell_row
from benchmarks.results.run_folder import RunFolder
from benchmarks.training.feed import plan_epochs
from benchmarks.training.loop import PROGRESS_IMAGES
from common.specs.cell import Cell
from common.specs.datasets import dataset_spec


def plan_rows(cells: list[Cell], run: RunFolder, data_dir: Path | None, cache_dir: Path | None) -> list[Row]:
    """One row per cell, nothing prepared or trained.

    Returns:
        model, dataset, engine, execution, seed, device, epochs (over all phases), data ("prepared", "built in",
        "in DATA_DIR" or "no"), images (real images seen in the whole training; None: unknown), megabytes (samples and
        progress pictures; checkpoints come on top), id, status.
    """

    @cache
    def data_of(name: str, size: int) -> Row:
        return presence(name, image_size=size, cache_dir=cache_dir, data_dir=data_dir)

    rows = []
    for cell in cells:
        record = run.of(cell).record()
        data = data_of(cell.dataset, cell.training.image_size)
        epochs = sum(phase.epochs for phase in cell.phases())
        rows.append(
            {
                **cell_row(cell),
                "device": cell.device,
                "epochs": epochs,
                "data": data["present"],
                "images": _images_seen(cell, data["images"]),
                "megabytes": sample_megabytes(cell),
                "id": cell.id,
                "status": _status(cell, record),
            }
        )
    return rows


def _status(cell: Cell, record: Record | None) -> str:
    if record is None:
        return "to do"
    return record.status if record.cell.judge == cell.judge else "to be scored again"


def _images_seen(cell: Cell, there: int | None) -> int | None:
    if there is None:
        return None
    used = min(there, cell.training.max_images or there)
    return sum(plan.iterations * plan.images_per_iteration for plan in plan_epochs(cell, used))


def sample_megabytes(cell: Cell) -> int:
    """What the samples and progress pictures of `cell` take, as arrays."""
    epochs = sum(phase.epochs for phase in cell.phases())
    pixels = cell.training.image_size**2 * dataset_spec(cell.dataset).channels
    samples = cell.training.sample_count * max(1, len(cell.judged_epochs()))
    return round((samples + (epochs + 1) * PROGRESS_IMAGES) * pixels / 1e6)
