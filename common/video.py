"""Moving pictures as MP4, by the ffmpeg that the package imageio-ffmpeg brings (extra `video`)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from common.errors import BadInput
from common.files import copy_file


def save_mp4(path: Path, frames: Sequence[Image.Image], milliseconds: int, last_milliseconds: int) -> None:
    """Write equally large frames as H.264, atomically; the last frame stays longer.

    Sides become even by repeating the last row or column, which the format asks for.

    Raises:
        BadInput: imageio-ffmpeg is not installed.
        ValueError: no frames.
    """
    if not frames:
        raise ValueError("A film needs at least one frame.")
    encoder = video_encoder()
    pictures = [_even(np.asarray(frame.convert("RGB"))) for frame in frames]
    pictures += [pictures[-1]] * (max(1, round(last_milliseconds / milliseconds)) - 1)
    height, width, _ = pictures[0].shape
    with tempfile.TemporaryDirectory(prefix="ganbench-video-") as folder:
        film = Path(folder) / "film.mp4"
        writer = encoder.write_frames(
            str(film),
            (width, height),
            fps=1000 / milliseconds,
            codec="libx264",
            macro_block_size=2,
            # no version and no time in the file: the same frames give the same bytes
            output_params=["-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"],
            ffmpeg_log_level="error",
        )
        writer.send(None)
        for picture in pictures:
            writer.send(np.ascontiguousarray(picture))
        writer.close()
        copy_file(film, path)


def video_encoder() -> ModuleType:
    """The package that encodes films.

    Raises:
        BadInput: imageio-ffmpeg is not installed.
    """
    try:
        import imageio_ffmpeg
    except ModuleNotFoundError as error:
        raise BadInput("MP4 needs the package imageio-ffmpeg: pip install 'ganbench[video]'.") from error
    module: ModuleType = imageio_ffmpeg
    return module


def _even(picture: np.ndarray) -> np.ndarray:
    height, width, _ = picture.shape
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
