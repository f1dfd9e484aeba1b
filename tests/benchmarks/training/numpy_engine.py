"""A training loop with an engine of NumPy and a clock that only the engine moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.results.cell_folder import CellFolder
from benchmarks.training.loop import TrainingLoop
from common.engine import Batch, DeviceReport
from common.images import quantize
from common.specs.cell import Cell, TrainingSpec
from common.specs.judge import JudgeSpec
from common.specs.models import ModelSpec, model_spec
from common.specs.networks import DcganSpec, GrowingSpec, NetworkShape
from common.specs.phases import Phase, Stage

TRAIN, FIRST_TRAIN, SAMPLE, FIRST_SAMPLE, START = 0.125, 50.0, 0.5, 30.0, 7.0
IMAGES = np.random.default_rng(0).integers(
    0, 256, (27, 16, 16, 1), dtype=np.uint8
)  # six iterations of four, three over


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class NumpyEngine:
    """One generator weight and one moment, moved by every byte of a batch; the clock moves with its work."""

    def __init__(self, clock: Clock, nan_at: int | None = None, crash_at: int | None = None) -> None:
        self.clock, self.nan_at, self.crash_at = clock, nan_at, crash_at
        self.calls: list[Any] = []
        self.values = {"generator.x.kernel": np.zeros(2, np.float32), "discriminator.y.bias": np.zeros(3, np.float32)}
        self.moment, self.step, self.pending = np.zeros(2), 0, []
        self.compiled: set[str] = set()
        self.bad_pixels = False

    def work(self, kind: str, seconds: float, first: float) -> None:
        self.clock.now += seconds if kind in self.compiled else first
        self.compiled.add(kind)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self.values.items()}

    def weights(self) -> dict[str, np.ndarray]:
        return {name: array.copy() for name, array in self.values.items()}

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        self.values = {name: np.array(weights[name]) for name in self.values}

    def begin_phase(self, phase: Phase) -> None:
        self.calls.append(("phase", phase.resolution, phase.fading))
        self.moment[:] = 0
        self.compiled.clear()

    def train_iteration(self, batch: Batch) -> None:
        self.step += 1
        if self.step == self.crash_at:
            raise RuntimeError("power cut")
        self.calls.append("train")
        self.work("train", TRAIN, FIRST_TRAIN)
        seen = np.array([batch.images.mean(), batch.latents.mean() + batch.mixing.sum() + batch.alpha])
        self.moment = 0.9 * self.moment + 0.1 * seen
        self.values["generator.x.kernel"] = (self.values["generator.x.kernel"] + 0.01 * self.moment).astype(np.float32)
        self.pending.append(np.nan if self.step == self.nan_at else float(self.moment.sum()))

    def losses(self) -> dict[str, np.ndarray]:
        self.calls.append("losses")
        taken, self.pending = np.array(self.pending), []
        return {"discriminator": taken * 2 if self.nan_at != 0 else taken, "generator": taken} if len(taken) else {}

    def generate(self, latents: np.ndarray, labels: Any = None, alpha: float = 1.0) -> np.ndarray:
        self.calls.append(("generate", len(latents), None if labels is None else labels.argmax(1).tolist()[:3], alpha))
        self.work("sample", SAMPLE, FIRST_SAMPLE)
        shade = np.tanh(latents.mean(1) + self.values["generator.x.kernel"].mean() / 100)
        images = np.broadcast_to(shade[:, None, None, None], (len(latents), 4, 4, 1)).copy()
        if self.bad_pixels:
            images[0, 0, 0, 0] = np.inf
        return quantize(images)

    def state(self) -> dict[str, np.ndarray]:
        return {**self.weights(), "moment": self.moment.copy(), "step": np.array([self.step])}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        assert state.keys() == self.state().keys()
        self.load_weights(state)
        self.moment, self.step = np.array(state["moment"]), int(state["step"][0])

    def synchronize(self) -> None:
        self.calls.append("synchronize")

    def device_report(self) -> DeviceReport:
        return DeviceReport("cpu", "numpy", 1, None, {"numpy": np.__version__})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def cell(network: Any = None, **training: Any) -> Cell:
    data = {**model_spec("dcgan").model_dump(), "network": (network or DcganSpec(latent_size=3)).model_dump()}
    fields = {"epochs": 3, "batch_size": 4, "image_size": 16, "sample_count": 10, **training}
    return Cell(
        model=ModelSpec.model_validate(data),
        engine="torch",
        dataset="test",
        execution="eager",
        training=TrainingSpec(**fields),
    )


Train = Callable[..., tuple[TrainingLoop, NumpyEngine, list[dict[str, Any]]]]


@pytest.fixture
def loop(clock: Clock, tmp_path: Path) -> Train:
    def make(
        made: Cell | None = None, folder: str = "cell", labels: Any = None, **engine: Any
    ) -> tuple[TrainingLoop, NumpyEngine, list[dict[str, Any]]]:
        events: list[dict[str, Any]] = []
        dataset: Any = SimpleNamespace(
            images=IMAGES, labels=labels, sha256="0" * 64, manifest=SimpleNamespace(classes=tuple("abc"))
        )
        numpy = NumpyEngine(clock, **engine)
        shape = NetworkShape(image_size=16, channels=1, classes=3)
        place = CellFolder(tmp_path / folder)
        return TrainingLoop(made or cell(), numpy, dataset, shape, place, events.append, START), numpy, events

    return make


def judged_every(made: Cell, every: int) -> Cell:
    return made.model_copy(update={"judge": JudgeSpec(every=every)})


GROWING = GrowingSpec(
    width=4,
    latent_size=3,
    deviation_group=2,
    stages=(Stage(resolution=8, fade=1.0, stable=1.0), Stage(resolution=16, fade=2.0, stable=1.0)),
)
