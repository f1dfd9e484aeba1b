"""One picture per model, data set and seed: what every engine makes of the same noise, epoch by epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.cell_folder import CellFolder, cell_folder
from benchmarks.records import Record
from benchmarks.report.pictures import COLUMNS, epoch_of, spread
from common.files import atomic_write
from common.images import grid

_EPOCH_ROWS = 6
_FINAL_ROWS = 4
_PANEL_INCHES = 4.6


def save_side_by_side(run: Path, records: list[Record]) -> list[Path]:
    """Write figures/MODEL-DATASET-sSEED-side-by-side.png for each group with progress samples; returns their paths."""
    groups: dict[str, list[tuple[Record, CellFolder]]] = {}
    for record in records:
        folder = cell_folder(run, record.cell)
        if folder.progress_files():
            cell = record.cell
            groups.setdefault(f"{cell.model.name}-{cell.dataset}-s{cell.seed}", []).append((record, folder))
    paths = []
    for name, members in groups.items():
        path = run / "figures" / f"{name}-side-by-side.png"
        _save(path, sorted(members, key=_torch_first))
        paths.append(path)
    return paths


def _torch_first(member: tuple[Record, CellFolder]) -> tuple[bool, str, str]:
    cell = member[0].cell
    return cell.engine != "torch", cell.engine, cell.execution


def _save(path: Path, members: list[tuple[Record, CellFolder]]) -> None:
    cell = members[0][0].cell
    rows = max(min(len(folder.progress_files()), _EPOCH_ROWS) for _, folder in members)
    figure = Figure(
        figsize=(_PANEL_INCHES * len(members) + 0.7, _PANEL_INCHES * (rows + _FINAL_ROWS) / COLUMNS + 1.5),
        dpi=130,
        layout="constrained",
    )
    axes = figure.subplots(2, len(members), squeeze=False, height_ratios=[rows, _FINAL_ROWS])
    for column, (record, folder) in enumerate(members):
        _draw_engine(axes[:, column], record, folder, is_first=column == 0)
    figure.suptitle(
        f"{cell.model.name} on {cell.dataset}, seed {cell.seed}: the same noise in every engine", fontsize=14
    )
    with atomic_write(path) as handle:
        figure.savefig(handle, format="png")


def _draw_engine(axes: NDArray[Any], record: Record, folder: CellFolder, is_first: bool) -> None:
    files = folder.progress_files()
    shown = [files[index] for index in spread(len(files), _EPOCH_ROWS)]
    samples = [np.load(file) for file in shown]
    height = samples[-1].shape[1]
    top = np.concatenate([_sized(each[:COLUMNS], height) for each in samples])
    _image(axes[0], top)
    state = "" if record.status == "finished" else f", {record.status}"
    axes[0].set_title(f"{record.cell.engine} ({record.cell.execution}){state}", fontsize=13)
    if is_first:
        _row_labels(axes[0], [f"epoch {epoch_of(file)}" for file in shown], height)
    final = samples[-1][COLUMNS : COLUMNS * (1 + _FINAL_ROWS)]
    if len(final):
        _image(axes[1], final)
        axes[1].set_title(f"more noise, after epoch {epoch_of(shown[-1])}", fontsize=11)
    else:
        axes[1].set_axis_off()


def _row_labels(axes: Any, labels: list[str], height: int) -> None:
    gap = 2
    axes.set_yticks([index * (height + gap) + height / 2 for index in range(len(labels))], labels, fontsize=11)
    axes.tick_params(axis="y", length=0)


def _image(axes: Any, images: NDArray[np.uint8]) -> None:
    picture = grid(images, COLUMNS)
    if picture.shape[-1] == 1:
        axes.imshow(picture[..., 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    else:
        axes.imshow(picture, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_frame_on(False)


def _sized(images: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Images of an earlier, smaller stage of a growing model, each pixel repeated up to `height`."""
    factor = height // images.shape[1]
    return images.repeat(factor, axis=1).repeat(factor, axis=2)
