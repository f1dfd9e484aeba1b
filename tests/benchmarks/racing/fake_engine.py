"""An engine without a framework, for real contender processes: it sleeps for each iteration, and fails as FAKE_MOOD
says ("crash N": in iteration N)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from common.engine import Batch, DeviceReport
from common.errors import BadInput

STEPS = {"torch": 0.004, "keras-tf": 0.006, "keras-jax": 0.004}


class FakeEngine:
    def __init__(self, cell: Any, shape: Any, threads: int | None = None) -> None:
        print("a greeting from the framework", flush=True)
        self.step, self.count, self.mood = STEPS[cell.engine], 0, os.environ.get("FAKE_MOOD", "")
        if self.mood == "refuse":
            raise BadInput("This engine wants a better machine.")
        self.weights = {"generator.kernel": np.zeros((2, 2), np.float32)}

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self.weights.items()}

    def load_weights(self, weights: Mapping[str, Any]) -> None:
        self.weights = dict(weights)

    def train_iteration(self, batch: Batch) -> None:
        self.count += 1
        if self.mood == f"crash {self.count}":
            raise RuntimeError("out of luck")
        time.sleep(self.step)

    def losses(self) -> dict[str, Any]:
        return {"generator": np.ones(1)}

    def synchronize(self) -> None:
        pass

    def stopwatch(self) -> None:
        return None

    def device_report(self) -> DeviceReport:
        return DeviceReport("cpu", "fake:0", 1, None, {"fake": "1.0"})
