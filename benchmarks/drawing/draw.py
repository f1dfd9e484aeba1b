"""Drawing: a request to images, through a process of the engine's own, and to the file that its name asks for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.drawing.request import Request, check_request, find_trained, label_pairs
from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from common.errors import BadInput
from common.files import atomic_write, write_text
from common.images import grid, save_gif, save_png, to_pillow
from common.video import save_mp4

COLUMNS = 10
# sides on the screen, in pixels: of one image, in motion and in a still picture, and of a moving grid of them
SHOWN_PIXELS, STILL_PIXELS, SHOWN_GRID = 96, 64, 560
ENDINGS = (".png", ".gif", ".mp4", ".npy")
_IMAGE_MS, _STEP_MS, _LAST_MS = 150, 80, 800


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
        BadInput: an unknown ending, a request that does not fit the generator, or MP4 without its package.
    """
    if out.suffix not in ENDINGS:
        raise BadInput(f"--out {out}: the name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
    images = draw(request)
    if out.suffix == ".npy":
        with atomic_write(out) as handle:
            np.save(handle, images)
    elif out.suffix == ".png":
        columns = len(images) // request.count if request.each_class else columns_of(request, len(images))
        save_png(out, grid(images, columns), _scale(images, STILL_PIXELS))
    else:
        save = save_gif if out.suffix == ".gif" else save_mp4
        walk = bool(request.labels or request.points)
        # a walk moves on evenly; a loop does not even halt at its end
        save(out, moving(request, images), _STEP_MS if walk else _IMAGE_MS, _STEP_MS if request.loop else _LAST_MS)
    print(f"{len(images)} images: {out}")


def columns_of(request: Request, count: int) -> int:
    """Images in a row of a still picture: one leg of a walk, so that each row begins at a point; of pairs one walk."""
    if request.pairs:
        return request.steps
    points = len(request.labels) or request.points
    if points == 2 and not request.loop:
        return request.steps
    return request.steps - 1 if points else min(COLUMNS, count)


def moving(request: Request, images: NDArray[np.uint8]) -> list[Image.Image]:
    """The frames of an animation: image by image; of pairs all at once, row and column naming the classes."""
    if not request.pairs:
        return [to_pillow(image, _scale(images, SHOWN_PIXELS)) for image in images]
    walks = images.reshape(-1, request.steps, *images.shape[1:])
    known = dict(zip(label_pairs(request.labels), walks, strict=True))
    frames = []
    for step in range(request.steps):
        tiles = [_tile(known, a, b, step) for a in request.labels for b in request.labels]
        picture = grid(np.stack(tiles), len(request.labels))
        frames.append(to_pillow(picture, max(1, round(SHOWN_GRID / picture.shape[1]))))
    return frames


def _tile(known: dict[tuple[int, int], NDArray[np.uint8]], a: int, b: int, step: int) -> NDArray[np.uint8]:
    """The image of a walk from class `a` to class `b`; walks back are the same ones reversed, and a to a stands."""
    if (a, b) in known:
        return known[a, b][step]
    if (b, a) in known:
        return known[b, a][len(known[b, a]) - 1 - step]
    pair = next(pair for pair in known if a in pair)
    return known[pair][0 if pair[0] == a else -1]


def _scale(images: NDArray[np.uint8], pixels: int) -> int:
    return max(1, pixels // images.shape[1])
