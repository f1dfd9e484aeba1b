"""One picture per model, data set and seed: what every engine makes of the same noise, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.pictures.cell import class_columns, columns_for, enlarged, spread
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import file_name
from common.array_files import map_images
from common.files import atomic_write
from common.images import grid

_EPOCH_ROWS = 6
_FINAL_ROWS = 4
_PANEL_INCHES = 4.6


def save_side_by_side(target: Path, trained: list[tuple[Record, CellFolder]]) -> list[Path]:
    """Write MODEL-DATASET-sSEED-side-by-side.png below `target` for each group of twins with progress samples, of
    several seeds the first; returns their paths, and those of pictures that are there of trainings whose samples are
    not, as in published runs."""
    groups: dict[tuple[str, str], list[tuple[Record, CellFolder]]] = {}
    seeds: dict[tuple[str, str], int] = {}
    for record, folder in sorted(trained, key=lambda each: each[0].cell.seed):
        cell = record.cell
        name = cell.model.name, cell.dataset
        there = bool(folder.progress_files())
        if (there or _path(target, *name, cell.seed).is_file()) and seeds.setdefault(name, cell.seed) == cell.seed:
            groups.setdefault(name, []).extend([(record, folder)] if there else [])
    paths = []
    for (model, dataset), members in sorted(groups.items()):
        path = _path(target, model, dataset, seeds[model, dataset])
        paths.append(path)
        if not members:
            continue
        with matplotlib.rc_context({"text.parse_math": False}):  # a name may hold dollar signs
            _save(path, sorted(members, key=_torch_first))
    return paths


def _path(target: Path, model: str, dataset: str, seed: int) -> Path:
    return target / f"{file_name(f'{model}-{dataset}-s{seed}')}-side-by-side.png"


def _torch_first(member: tuple[Record, CellFolder]) -> tuple[bool, str, str]:
    cell = member[0].cell
    return cell.engine != "torch", cell.engine, cell.contender


def _save(path: Path, members: list[tuple[Record, CellFolder]]) -> None:
    cell = members[0][0].cell
    every = sorted({epoch for _, folder in members for epoch in folder.progress_files()})
    epochs = [every[index] for index in spread(len(every), _EPOCH_ROWS)]
    figure = Figure(
        figsize=(
            _PANEL_INCHES * len(members) + 0.7,
            _PANEL_INCHES * (len(epochs) + _FINAL_ROWS) / columns_for(cell) + 1.1,
        ),
        dpi=130,
        layout="constrained",
    )
    axes = figure.subplots(2, len(members), squeeze=False, height_ratios=[len(epochs), _FINAL_ROWS])
    for column, (record, folder) in enumerate(members):
        _draw_engine(axes[:, column], record, folder, epochs)
    _label_rows(axes[0, 0], epochs)
    head = f"{cell.model.name} on {cell.dataset}, seed {cell.seed}"
    figure.suptitle(f"{head}: the same noise in every engine" if len(members) > 1 else head, fontsize=14)
    with atomic_write(path) as handle:
        figure.savefig(handle, format="png")


def _draw_engine(axes: NDArray[Any], record: Record, folder: CellFolder, epochs: list[int]) -> None:
    """The engine's column: the first noises after each of `epochs` (white where it never got), others at the end."""
    samples = {epoch: map_images(file) for epoch, file in folder.progress_files().items()}
    last = max(samples)
    size = samples[last].shape[1]
    columns = columns_for(record.cell)
    blank = np.full_like(samples[last][:columns], 255)
    rows = [enlarged(samples[epoch][:columns], size) if epoch in samples else blank for epoch in epochs]
    _image(axes[0], np.concatenate(rows), columns)
    state = "" if record.status == "finished" else f", {record.status}"
    axes[0].set_title(f"{record.cell.contender}{state}", fontsize=13)
    others = samples[last][columns : columns * (1 + _FINAL_ROWS)]
    if len(others) == 0:
        axes[1].set_axis_off()
        return
    _image(axes[1], others, columns)
    axes[1].set_title(f"more noise, after epoch {last}", fontsize=11)
    _label_columns(axes[1], class_columns(record.cell))


def _label_rows(axes: Any, epochs: list[int]) -> None:
    low, high = axes.get_ylim()  # an image's rows count downwards
    height = abs(high - low) / len(epochs)
    places = [min(low, high) + (index + 0.5) * height for index in range(len(epochs))]
    axes.set_yticks(places, [f"epoch {epoch}" for epoch in epochs], fontsize=11)
    axes.tick_params(axis="y", length=0)


def _label_columns(axes: Any, classes: Sequence[str]) -> None:
    low, high = axes.get_xlim()
    places = [low + (index + 0.5) * (high - low) / len(classes) for index in range(len(classes))]
    long = any(len(name) > 3 for name in classes)
    axes.set_xticks(places, classes, fontsize=9, rotation=40 if long else 0, ha="right" if long else "center")
    axes.tick_params(axis="x", length=0)


def _image(axes: Any, images: NDArray[np.uint8], columns: int) -> None:
    picture = grid(images, columns)
    if picture.shape[-1] == 1:
        axes.imshow(picture[..., 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    else:
        axes.imshow(picture, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_frame_on(False)
