"""The pictures of one cell: a grid of fixed-noise samples per epoch, their animation, and the losses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.cell_folder import CellFolder
from benchmarks.records import Training
from benchmarks.report.losses import save_loss_plot
from benchmarks.wording import title
from common.images import grid, save_gif, save_png, to_pillow
from common.specs.cell import Cell

COLUMNS = 8
# a grid's side on the screen, in pixels: small images are enlarged by a whole factor up to this
_GRID_PIXELS = 560
_FRAME_MS, _LAST_FRAME_MS = 500, 2500
# a longer training is shown in this many frames, evenly spread
_MOST_FRAMES = 100
_CAPTION = 26


def make_cell_pictures(folder: CellFolder, cell: Cell, training: Training | None) -> None:
    """Write the cell's grids, training.gif and losses.png from the files in its folder; up-to-date ones are kept.

    Args:
        folder: the cell's folder, with its progress samples.
        cell: for the captions.
        training: for the losses; no loss plot without it.
    """
    files = folder.progress_files()
    for file in files:
        target = folder.path / f"grid_{file.stem}.png"
        if not _is_fresh(target, [file]):
            samples = np.load(file)
            save_png(target, grid(samples, COLUMNS), enlargement(samples))
    if files and not _is_fresh(folder.path / "training.gif", files):
        _save_animation(folder.path / "training.gif", files, cell)
    if training is not None and training.losses:
        save_loss_plot(folder.path / "losses.png", training.losses, training.iterations_per_epoch, title(cell))


def enlargement(samples: NDArray[np.uint8], columns: int = COLUMNS) -> int:
    """The whole factor that makes a grid of `samples` (n, h, w, c) about as large as a screen likes."""
    return max(1, _GRID_PIXELS // (columns * (samples.shape[2] + 2)))


def spread(count: int, most: int) -> list[int]:
    """At most `most` indices out of 0..count-1, evenly spread, the first and the last among them."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, most))})


def epoch_of(file: Path) -> int:
    """The epoch a progress file shows; 0 is before training."""
    return int(file.stem.partition("_")[2])


def _save_animation(path: Path, files: list[Path], cell: Cell) -> None:
    frames = []
    for index in spread(len(files), _MOST_FRAMES):
        samples = np.load(files[index])
        frames.append(_frame(samples, f"{title(cell)}: epoch {epoch_of(files[index])}"))
    size = max(frame.size for frame in frames)
    save_gif(path, [_fitted(frame, size) for frame in frames], _FRAME_MS, _LAST_FRAME_MS)


def _frame(samples: NDArray[np.uint8], caption: str) -> Image.Image:
    picture = to_pillow(grid(samples, COLUMNS), enlargement(samples))
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
