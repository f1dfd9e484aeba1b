"""The pictures of one cell: a grid of fixed-noise samples per epoch, their animation, and the losses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.pictures.losses import save_loss_plot
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Training
from benchmarks.results.wording import title
from common.images import grid, save_gif, save_png, to_pillow
from common.specs.cell import Cell
from common.specs.datasets import dataset_spec

_COLUMNS = 8
# classes that fit a row: then each column is a class
_CLASS_COLUMNS = range(4, 13)
# a grid's side on the screen, in pixels: small images are enlarged by a whole factor up to this
_GRID_PIXELS = 560
_FRAME_MS, _LAST_FRAME_MS = 500, 2500
# a longer training is shown in this many frames, evenly spread
_MOST_FRAMES = 100
_CAPTION = 26


def make_cell_pictures(folder: CellFolder, target: CellFolder, cell: Cell, training: Training | None) -> None:
    """Write the cell's grids, training.gif and losses.png from the files in its folder; up-to-date ones are kept.

    Args:
        folder: the cell's folder, with its progress samples.
        target: where the pictures go; often the same.
        cell: for the captions.
        training: for the losses; no loss plot without it.
    """
    files, columns = folder.progress_files(), columns_for(cell)
    for epoch, file in files.items():
        picture = target.grid_file(epoch)
        if not _is_fresh(picture, [file]):
            samples = _whole_rows(np.load(file), columns)
            save_png(picture, grid(samples, columns), enlargement(samples, columns))
    if files and not _is_fresh(target.animation_file, files.values()):
        _save_animation(target.animation_file, files, cell)
    if training is not None and training.losses:
        epochs = training.clocks.epochs if training.clocks else []
        lengths = [epoch.iterations or training.iterations_per_epoch for epoch in epochs]
        save_loss_plot(target.losses_file, training.losses, lengths or [training.iterations_per_epoch], title(cell))


def columns_for(cell: Cell) -> int:
    """Pictures in a row: one of each class where the model is conditional (its samples' classes follow each other)."""
    if cell.model.network.conditional:
        classes = dataset_spec(cell.dataset).n_classes
        if classes in _CLASS_COLUMNS:
            return classes
    return _COLUMNS


def _whole_rows(samples: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    return samples[: max(columns, len(samples) // columns * columns)]


def enlargement(samples: NDArray[np.uint8], columns: int) -> int:
    """The whole factor that makes a grid of `samples` (n, h, w, c) about as large as a screen likes."""
    return max(1, _GRID_PIXELS // (columns * (samples.shape[2] + 2)))


def spread(count: int, most: int) -> list[int]:
    """At most `most` indices out of 0..count-1, evenly spread, the first and the last among them."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, most))})


def _save_animation(path: Path, files: dict[int, Path], cell: Cell) -> None:
    frames, epochs = [], list(files)
    for index in spread(len(files), _MOST_FRAMES):
        caption = f"{title(cell)}: epoch {epochs[index]}"
        frames.append(_frame(np.load(files[epochs[index]]), columns_for(cell), caption))
    size = max(frame.size for frame in frames)
    save_gif(path, [_fitted(frame, size) for frame in frames], _FRAME_MS, _LAST_FRAME_MS)


def _frame(samples: NDArray[np.uint8], columns: int, caption: str) -> Image.Image:
    picture = to_pillow(grid(_whole_rows(samples, columns), columns), enlargement(samples, columns))
    frame = Image.new(picture.mode, (picture.width, picture.height + _CAPTION), "white")
    frame.paste(picture, (0, _CAPTION))
    pen = ImageDraw.Draw(frame)
    fonts = [ImageFont.load_default(size) for size in (15, 13, 11, 9)]
    font = next((each for each in fonts if pen.textlength(caption, each) <= frame.width - 8), fonts[-1])
    pen.text((4, 4), caption, "black", font)
    return frame


def _fitted(frame: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Frames of a growing model have several sizes; an animation has one."""
    return frame if frame.size == size else frame.resize(size, Image.Resampling.NEAREST)


def _is_fresh(target: Path, sources: Iterable[Path]) -> bool:
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)
