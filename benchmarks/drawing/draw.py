"""Drawing: a request to images, through a process of the engine's own, and to the file that its name asks for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing.request import Request, check_request, find_trained
from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from common.errors import BadInput
from common.files import atomic_write, write_text
from common.images import grid, save_gif, save_png, to_pillow

COLUMNS = 10
SHOWN_PIXELS = 96


def draw(request: Request) -> NDArray[np.uint8]:
    """The images, uint8 (count, height, width, channels), drawn in a process of the engine's own.

    Raises:
        BadInput: the request does not fit the generator.
        GanbenchError: the engine's process failed; the message ends in its last lines.
    """
    trained = find_trained(request.weights)
    check_request(request, trained)
    with tempfile.TemporaryDirectory(prefix="ganbench-draw-") as folder:
        job, out = Path(folder) / "request.json", Path(folder) / "images.npy"
        engine = request.engine or trained.cell.engine
        absolute = {"weights": trained.file.resolve(), "engine": engine, "out": out}
        write_text(job, request.model_copy(update=absolute).model_dump_json())
        run_child(python_command("benchmarks.drawing.process", str(job), engine=engine)).check(
            f"Drawing with {engine} failed."
        )
        images: NDArray[np.uint8] = np.load(out)
        return images


def save_samples(request: Request, out: Path) -> None:
    """Draw what `request` asks for and write it to `out`, in the form its ending names; prints where it went.

    Raises:
        BadInput: an ending other than .png, .gif or .npy, or a request that does not fit the generator.
    """
    if out.suffix not in (".png", ".gif", ".npy"):
        raise BadInput(f"--out {out}: the name must end in .png, .gif or .npy.")
    images = draw(request)
    if out.suffix == ".npy":
        with atomic_write(out) as handle:
            np.save(handle, images)
    elif out.suffix == ".gif":
        frames = [to_pillow(image, _scale(images)) for image in images]
        save_gif(out, frames, milliseconds=150, last_milliseconds=800)
    else:
        save_png(out, grid(images, columns=min(COLUMNS, len(images))), max(1, _scale(images) // 2))
    print(f"{len(images)} images: {out}")


def _scale(images: NDArray[np.uint8]) -> int:
    return max(1, SHOWN_PIXELS // images.shape[1])
