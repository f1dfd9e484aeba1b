"""The gradient penalty reaches the critic's gradient in every execution: compilers have dropped it silently before."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.processes import python_environment
from common.specs.cell import EXECUTIONS

CASES = [(engine, execution) for engine, executions in EXECUTIONS.items() for execution in executions]


@pytest.mark.parametrize(("engine", "execution"), CASES)
def test_the_penalty_changes_the_critics_gradient(engine: str, execution: str) -> None:
    script = Path(__file__).with_name("penalty_side.py")
    command = [sys.executable, str(script), engine, execution]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=python_environment())
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout.strip().splitlines()[-1]) > 0.1
