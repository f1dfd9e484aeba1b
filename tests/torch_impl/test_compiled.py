"""What torch.compile is given: whole pieces without a break, as few as there are, and as many again for a new phase."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from tests.long import only_long


@pytest.mark.parametrize(
    ("model", "backend", "graphs"),
    [
        # the generator's passes, without gradients for updates of the critic alone; the critic's update; the loss with
        # its slope
        ("wgan-gp", "inductor", [4]),
        pytest.param("cond-sngan", "inductor", [4], marks=only_long),
        pytest.param("pggan", "inductor", [3, 6], marks=only_long),
    ],
)
def test_pieces_are_compiled_whole_once_a_phase_and_compute_the_same(
    model: str, backend: str, graphs: list[int]
) -> None:
    command = [sys.executable, str(Path(__file__).with_name("compiled_side.py")), model, backend]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=python_environment())
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["graphs"] == graphs
    assert found["breaks"] == []
    assert found["gap"] < 1e-10
