"""The pictures of one cell: a grid of fixed-noise samples per epoch, and their animation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.pictures.captions import captioned
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.wording import title
from common.array_files import map_images
from common.files import copy_file
from common.images import grid, save_gif, save_png
from common.specs.cell import Cell
from common.specs.datasets import dataset_spec
from common.video import save_mp4

_COLUMNS = 8
# classes that fit a row: then each column is a class
_CLASS_COLUMNS = range(4, 13)
# a grid's side on the screen, in pixels, about: small images are enlarged by a whole factor
_GRID_PIXELS = 560
_FRAME_MS, _LAST_FRAME_MS = 500, 2500
# a longer training is shown in this many frames, evenly spread
_MOST_FRAMES = 100
# of images in a frame, half of what a grid shows: animations are most of what a site weighs
_FRAME_ROWS = 4


def make_cell_pictures(folder: CellFolder, target: CellFolder, cell: Cell) -> None:
    """Write the cell's animations and grids from the files in its folder; up-to-date ones are kept.

    Args:
        folder: the cell's folder, with its progress samples.
        target: where the pictures go. If that is another folder, it gets no grids, and what is up to date is copied.
        cell: for the captions.
    """
    files = folder.progress_files()
    if files and not _is_fresh(folder.animation_file, files.values()):
        if not _is_fresh(target.animation_file, files.values()):
            for path, frames in _animations(target, files, cell):
                save_gif(path, frames, _FRAME_MS, _LAST_FRAME_MS)
    elif folder != target:
        _copy_pictures(folder, target)
    for epoch, file in files.items() if folder == target else []:
        picture = target.grid_file(epoch)
        if not _is_fresh(picture, [file]):
            samples, columns = map_images(file), columns_for(cell)
            save_png(picture, sample_grid(samples, columns), enlargement(samples, columns))


def make_cell_films(folder: CellFolder, target: CellFolder, cell: Cell) -> None:
    """Write the cell's animations as MP4, too; up-to-date ones are kept. Arguments as of `make_cell_pictures`.

    Raises:
        BadInput: imageio-ffmpeg is not installed.
    """
    files = folder.progress_files()
    if files and not _is_fresh(target.film_file, files.values()):
        for path, frames in _animations(target, files, cell):
            save_mp4(path.with_suffix(".mp4"), frames, _FRAME_MS, _LAST_FRAME_MS)


def _copy_pictures(folder: CellFolder, target: CellFolder) -> None:
    sources = [folder.animation_file, folder.true_size_file, folder.nearest_file]
    if not folder.animation_file.exists():  # a published cell has but the last grid
        sources += list(folder.grid_files().values())[-1:]
    for source in sources:
        if source.exists():
            copy_file(source, target.path / source.name)


def columns_for(cell: Cell) -> int:
    """Pictures in a row: one of each class where the model is conditional (its samples' classes follow each other)."""
    return len(class_columns(cell)) or _COLUMNS


def class_columns(cell: Cell) -> tuple[str, ...]:
    """The classes that the columns of its pictures show; empty where columns mean nothing."""
    classes = dataset_spec(cell.dataset).classes if cell.model.network.conditional else ()
    return classes if len(classes) in _CLASS_COLUMNS else ()


def sample_grid(samples: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Samples (n, h, w, c) as one picture of whole rows; what would not fill the last one is left out."""
    return grid(samples[: max(columns, len(samples) // columns * columns)], columns)


def enlargement(samples: NDArray[np.uint8], columns: int) -> int:
    """The whole factor that makes a grid of `samples` (n, h, w, c) about as large as a screen likes."""
    return max(1, round(_GRID_PIXELS / (columns * (samples.shape[2] + 2))))


def spread(count: int, most: int) -> list[int]:
    """At most `most` indices out of 0..count-1, evenly spread, the first and the last among them."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, most))})


def _animations(target: CellFolder, files: dict[int, Path], cell: Cell) -> Iterator[tuple[Path, list[Image.Image]]]:
    """Where the cell's animations go, and their frames: in true-size.gif the images of a growing model as they are; in
    training.gif, which comes last and so tells that both are there, earlier ones enlarged to the last size."""
    epochs = list(files)
    samples = {epochs[index]: map_images(files[epochs[index]]) for index in spread(len(files), _MOST_FRAMES)}
    size, columns = max(each.shape[1] for each in samples.values()), columns_for(cell)
    for path, fitted in ((target.true_size_file, centred), (target.animation_file, enlarged)):
        if fitted is centred and all(each.shape[1] == size for each in samples.values()):
            continue  # the model does not grow
        frames = [
            _frame(fitted(each[: columns * _FRAME_ROWS], size), columns, f"{title(cell)}: epoch {epoch}")
            for epoch, each in samples.items()
        ]
        yield path, frames


def enlarged(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Images (n, s, s, c) at `size`, a multiple of s, each pixel repeated."""
    factor = size // images.shape[1]
    return images.repeat(factor, axis=1).repeat(factor, axis=2)


def centred(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Images (n, s, s, c) as they are, in the middle of black ones of `size`."""
    before = (size - images.shape[1]) // 2
    after = size - images.shape[1] - before
    return np.pad(images, ((0, 0), (before, after), (before, after), (0, 0)))


def _frame(samples: NDArray[np.uint8], columns: int, caption: str) -> Image.Image:
    return captioned(sample_grid(samples, columns), enlargement(samples, columns), caption)


def _is_fresh(target: Path, sources: Iterable[Path]) -> bool:
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)
