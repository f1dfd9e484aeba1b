"""The known differences that Keras is patched for are still there: where one is gone, its patch has to go."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import findings
from benchmarks.machine.python import python_command, python_environment
from benchmarks.parity.report import FINDINGS
from tests.long import only_long


def measured(name: str) -> dict[str, float]:
    """The numbers that the finding's script prints."""
    environment = python_environment({"CUDA_VISIBLE_DEVICES": ""})
    command = python_command(f"benchmarks.findings.{name}", python=sys.executable)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["name"] == name
    numbers: dict[str, float] = found["measured"]
    return numbers


def test_the_parity_page_has_every_script() -> None:
    (folder,) = map(Path, findings.__path__)
    scripts = {path.stem for path in folder.glob("*.py")} - {"__init__", "finding"}
    assert scripts == set(FINDINGS)
    assert len(FINDINGS) == len(scripts)


@only_long  # the three backends at once
def test_keras_demotes_float64_on_jax_and_torch_unless_it_is_patched() -> None:
    numbers = measured("keras_float64")
    for operation in ("jax: relative error of tanh", "torch: relative error of matmul"):
        assert 1e-9 < numbers[f"{operation}, Keras'"] < 1e-6
    assert all(error < 1e-15 for name, error in numbers.items() if name.endswith("ours"))
    assert all(error < 1e-15 for name, error in numbers.items() if name.startswith("tensorflow"))


def test_torch_refuses_float64_kernels_to_one_channel_that_pass_for_channels_last() -> None:
    numbers = measured("channels_last_float64")
    refused = {name: count for name, count in numbers.items() if count}
    assert list(refused) == ["refused of 9 kernels to 1 channels, float64 channels_last"]
    assert len(numbers) == 8
