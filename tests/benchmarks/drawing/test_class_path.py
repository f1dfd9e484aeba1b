"""A walk through the classes shows them in their order: read by the digit classifier from what `interpolate` wrote."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchmarks.cli.main import main
from benchmarks.drawing import draw
from benchmarks.drawing.request import Request, check_request, find_trained, inputs
from benchmarks.results.run_folder import RunFolder
from common.data.loading import load_dataset
from common.metrics.extractors.available import load_extractor
from common.specs.cell import Cell, TrainingSpec
from common.specs.models import model_spec
from common.specs.networks import NetworkShape
from common.tensor_files import save_tensors
from tests.benchmarks.tiny_runs import start_run
from tests.long import only_long

Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def read() -> Callable[[Images], list[int]]:
    """Which digits images show, uint8 (n, 32, 32, 1), as mnistnet sees them."""
    extractor = load_extractor("mnistnet", threads=1)
    return lambda images: extractor.extract(images).logits.argmax(axis=1).tolist()


def interpolate(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["ganbench", "interpolate", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (0, None)


@pytest.fixture
def painted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Images], list[int]]) -> Path:
    """A generator's folder. Instead of an engine a painter draws: a real digit of each class, blends as blends."""
    shape = NetworkShape(image_size=32, channels=1, classes=10)
    cell = Cell(
        model=model_spec("cdcgan"), engine="torch", dataset="mnist-5k", execution="eager", training=TrainingSpec()
    )
    notes = {"cell": cell.model_dump(mode="json"), "shape": shape.model_dump(mode="json")}
    save_tensors(tmp_path / "generator.safetensors", {"generator.x": np.zeros(1, np.float32)}, notes)
    digits = load_dataset("mnist-5k", split="test")
    assert digits.labels is not None
    first = np.array([np.flatnonzero(digits.labels == digit)[0] for digit in range(10)])
    templates = np.asarray(digits.images[first])
    assert read(templates) == list(range(10))  # or the paths below could not be read

    def paint(request: Request) -> Images:
        trained = find_trained(request.weights)
        check_request(request, trained)
        _, labels, _ = inputs(request, trained)
        assert labels is not None
        return np.rint(np.tensordot(labels, templates, axes=1)).astype(np.uint8)

    monkeypatch.setattr(draw, "draw", paint)
    return tmp_path


def images_of(path: Path) -> Images:
    """The images of a walk of 10 steps a leg, (n, 32, 32, 1), from any file that it can be written to."""
    if path.suffix == ".npy":
        return np.load(path)
    if path.suffix == ".mp4":
        frames = pytest.importorskip("imageio_ffmpeg").read_frames(path)
        next(frames)
        return np.stack([np.frombuffer(frame, np.uint8).reshape(96, 96, 3)[1::3, 1::3, :1] for frame in frames])
    with Image.open(path) as picture:
        if path.suffix == ".gif":
            frames = []
            for index in range(picture.n_frames):
                picture.seek(index)
                frames.append(np.asarray(picture.convert("L"))[1::3, 1::3, np.newaxis])
            return np.stack(frames)
        sheet = np.asarray(picture)[::2, ::2]  # each pixel twice; rows of one leg, tiles of 32 with gaps of 2
        rows = [sheet[top : top + 32] for top in range(0, len(sheet), 34)]
        tiles = [row[:, left : left + 32, np.newaxis] for row in rows for left in range(0, sheet.shape[1], 34)]
        return np.stack(tiles)


@pytest.mark.parametrize("ending", ["npy", "png", "gif", "mp4"])
@pytest.mark.parametrize("path", [[*range(10)], [3, 1, 4]], ids=["in order", "in another order"])
def test_each_leg_of_a_walk_begins_at_the_class_that_was_asked_for(
    painted: Path, read: Callable[[Images], list[int]], monkeypatch: pytest.MonkeyPatch, ending: str, path: list[int]
) -> None:
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    out = painted / f"walk.{ending}"
    labels = ",".join(map(str, path))
    interpolate(monkeypatch, str(painted), "--labels", labels, "--steps", "10", "--out", str(out))
    images = images_of(out)
    count = 9 * (len(path) - 1) + 1
    # a film stays at its last frame, a picture's last row has room
    assert len(images) >= count if ending in ("mp4", "png") else len(images) == count
    assert read(images[:count:9]) == path


_TRAINED = """
models = ["cdcgan"]
engines = ["{engine}"]
datasets = ["mnist-5k"]
seeds = [0]
device = "cpu"

[training]
epochs = 16
batch_size = 16
sample_count = 100

[judge]
metrics = ["label_agreement"]

[overrides.cdcgan]
network.width = 32
optimizer.learning_rate = 1e-3
"""


@only_long
@pytest.mark.parametrize("engine", ["torch", "keras-tf"])
def test_a_trained_generator_walks_from_0_to_9(
    tmp_path: Path, read: Callable[[Images], list[int]], monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """More than nine in ten of its digits can be read: most of five walks show each one in its place, and one all."""
    process = start_run(tmp_path, _TRAINED.format(engine=engine), "run", "--untimed")
    output, _ = process.communicate()
    assert process.returncode == 0, output
    [record] = RunFolder(tmp_path / "run").records()
    folder = RunFolder(tmp_path / "run").of(record.cell).path
    seen = []
    for seed in range(5):
        out = tmp_path / f"{seed}.png"
        interpolate(monkeypatch, str(folder), "--labels", "0,1,2,3,4,5,6,7,8,9", "--seed", str(seed), "--out", str(out))
        seen.append(read(images_of(out)[: 9 * 9 + 1 : 9]))
    assert [Counter(place).most_common(1)[0][0] for place in zip(*seen, strict=True)] == list(range(10)), seen
    assert list(range(10)) in seen, seen
