"""What is replaced inside Keras comes back, and where Keras has it no longer, float64 is refused in one sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment

SIDE = Path(__file__).with_name("inside_side.py")
PLACES = {
    "BIT64_TO_BIT32_DTYPE": "keras.src.backend.common.dtypes.BIT64_TO_BIT32_DTYPE",
    "_maybe_convert_to_channels_last": "keras.src.backend.torch.nn._maybe_convert_to_channels_last",
}


@pytest.fixture(scope="module")
def found():
    environment = python_environment({"KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": ""})
    done = subprocess.run(
        [sys.executable, str(SIDE)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", PLACES)
def test_a_keras_without_it_refuses_float64_and_nothing_else(found, name):
    sentence = found[name]["float64"]
    assert f"float64 needs {PLACES[name]}, which Keras " in sentence
    assert "install Keras 3.15.1" in sentence
    assert found[name]["float32"] is None


@pytest.mark.parametrize("name", PLACES)
def test_what_is_replaced_for_float64_comes_back_for_float32(found, name):
    assert found[name]["replaced and restored"]
