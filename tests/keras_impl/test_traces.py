"""What growing models trace: every step once in each phase, whatever alpha is and however many images are drawn."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from tests.long import only_long

SIDE = Path(__file__).with_name("traces_side.py")
JOINT = ("joint_step", "sample_step")
SEPARATE = ("discriminator_step", "generator_step", "sample_step")
CASES = (
    pytest.param("keras-tf", "tensorflow", "pggan", JOINT, marks=only_long),  # cpggan without classes
    ("keras-tf", "tensorflow", "cpggan", JOINT),
    pytest.param("keras-tf", "tensorflow", "stylegan", SEPARATE, marks=only_long),
    pytest.param("keras-jax", "jax", "pggan", JOINT, marks=only_long),
)


@pytest.mark.parametrize(("engine", "package", "model", "steps"), CASES)
def test_every_step_is_traced_once_a_phase(engine: str, package: str, model: str, steps: tuple[str, ...]) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    command = [sys.executable, str(SIDE), engine, model]
    environment = python_environment({"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"})
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert [fading for fading, _ in found] == [False, True, False]  # 4x4, 8x8 twice
    assert [counts for _, counts in found] == [dict.fromkeys(steps, number) for number in (1, 2, 3)]
