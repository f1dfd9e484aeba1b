"""Both engines, measured once each in a process of its own; the tests of this folder compare what came back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.machine.python import python_environment
from tests.long import LONG, NOT_PLAIN
from tests.once import once

HERE = Path(__file__).parent
# what compiles takes minutes for engines by the dozen: keras-jax always does, keras-tf is slow where it does not
# (the ladder, the golden cells, bfloat16 and whole runs are for them)
ENGINES = ("torch", "keras-torch", *(("keras-tf",) if LONG else ()))


@dataclass(frozen=True)
class Measured:
    """What `measure.py` found with one engine: arrays by name, and notes (texts, flags) by name."""

    engine: str
    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def below(self, prefix: str) -> dict[str, np.ndarray]:
        """The arrays whose names begin with `prefix`, without it."""
        found = {name.removeprefix(prefix): each for name, each in self.arrays.items() if name.startswith(prefix)}
        assert found, f"nothing was measured below {prefix}"
        return found


def measure(engine: str, arrays: Path, notes: Path, cache: Path) -> None:
    """Let `measure.py` measure the engine, and write what it found; `notes` come last."""
    command = [sys.executable, str(HERE / "measure.py"), engine, str(arrays), str(notes), ",".join(NOT_PLAIN)]
    environment = python_environment({"GANBENCH_CACHE": str(cache), "CUDA_VISIBLE_DEVICES": ""})
    del environment["PYTHONSAFEPATH"]  # measure.py imports its siblings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-6000:]


def measured_by(engine: str, base: Path) -> Measured:
    """What the engine was measured to do, by whichever test process asked first."""
    folder = base / "twins"
    folder.mkdir(exist_ok=True)
    arrays, notes = folder / f"{engine}.npz", folder / f"{engine}.json"
    once(notes, lambda: measure(engine, arrays, notes, base / "cache"))
    return Measured(engine, dict(np.load(arrays)), json.loads(notes.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def measured(shared: Path) -> Callable[[str], Measured]:
    known: dict[str, Measured] = {}

    def by_name(engine: str) -> Measured:
        if engine not in known:
            known[engine] = measured_by(engine, shared)
        return known[engine]

    return by_name


@pytest.fixture(params=ENGINES)
def twin(request: pytest.FixtureRequest, measured: Callable[[str], Measured]) -> Measured:
    """One engine's measurements; a test that takes it runs once per engine against the same expectations."""
    return measured(request.param)
