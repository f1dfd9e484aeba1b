"""The gradient penalty reaches the critic's gradient in every execution: compilers have dropped it silently before."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from common.specs.engines import ENGINES
from tests.long import only_long


@pytest.mark.parametrize(
    "engine",
    # Keras on torch is not compiled: its penalty climbs the ladder with every model that has one
    [pytest.param(name, marks=only_long) if name == "keras-torch" else name for name in ENGINES],
)
def test_the_penalty_changes_the_critics_gradient(engine: str) -> None:
    command = [sys.executable, str(Path(__file__).with_name("penalty_side.py")), engine]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=python_environment())
    assert done.returncode == 0, done.stderr[-2000:]
    changes = json.loads(done.stdout.strip().splitlines()[-1])
    assert set(changes) == set(ENGINES[engine].executions)
    assert min(changes.values()) > 0.1, changes
