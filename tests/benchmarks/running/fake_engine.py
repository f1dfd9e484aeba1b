"""An engine without a framework: one weight, losses that fall; it misbehaves as the environment tells it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from common.engine import Batch, DeviceReport
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.phases import Phase


class FakeEngine:
    def __init__(self, cell: Cell, shape: NetworkShape, threads: int | None = None) -> None:
        print("a greeting from the framework")
        caches = (os.environ.get(f"TORCHINDUCTOR_{name}") for name in ("FORCE_DISABLE_CACHES", "CACHE_DIR"))
        print("without cache: {}, cache: {}".format(*caches))
        os.write(1, b"and one from its C++ side\n")
        self._shape, self._threads = shape, threads or 1
        self._weights = {
            "generator.kernel": np.zeros((2, 2), np.float32),
            "discriminator.kernel": np.zeros(1, np.float32),
        }
        self._losses: list[float] = []
        self._steps = 0
        self._mood = os.environ.get("FAKE_ENGINE", "")

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self._weights.items()}

    def load_weights(self, weights: Mapping[str, Any]) -> None:
        self._weights = {name: np.array(array) for name, array in weights.items()}

    def weights(self) -> dict[str, Any]:
        return dict(self._weights)

    def train_iteration(self, batch: Batch) -> None:
        self._steps += 1
        if self._mood == f"crash {self._steps}":
            raise RuntimeError("out of luck")
        if self._mood == f"starve {self._steps}":
            raise MemoryError("8 GB for a kernel\nand more")
        self._weights["generator.kernel"] += batch.images.mean() / 1000
        self._losses.append(float("nan") if self._mood == f"nan {self._steps}" else 1.0 / self._steps)

    def losses(self) -> dict[str, Any]:
        taken, self._losses = np.array(self._losses), []
        return {"discriminator": taken, "generator": taken * 2}

    def begin_phase(self, phase: Phase) -> None:
        raise AssertionError("a network that does not grow has one phase")

    def generate(self, latents: Any, labels: Any = None, alpha: float = 1.0) -> Any:
        size, channels = self._shape.image_size, self._shape.channels
        return np.full((len(latents), size, size, channels), self._steps, np.uint8)

    def state(self) -> dict[str, Any]:
        return {**self._weights, "steps": np.array([self._steps])}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self._steps = int(state["steps"][0])
        self._weights = {name: np.array(state[name]) for name in self._weights}

    def synchronize(self) -> None:
        pass

    def device_report(self) -> DeviceReport:
        version = self._mood.removeprefix("version ") if self._mood.startswith("version ") else "1.0"
        return DeviceReport("cpu", "fake:0", self._threads, None, {"fake": version})
