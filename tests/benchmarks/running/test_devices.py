"""Engines and GPUs that are not what was asked for: the frameworks' answers are made up, no GPU is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.machine.python import python_environment
from benchmarks.running.engines import check_on_gpu
from common.engine import DeviceReport
from common.errors import GanbenchError

# what tensorflow is made to answer in each case, and what it is told
TENSORFLOW = """
import json, sys
import tensorflow as tf
from tensorflow.config import experimental
tf.config.set_visible_devices = lambda devices, kind: told.append(["visible", devices])
experimental.set_memory_growth = lambda device, grows: told.append(["growth", device, grows])
tf.config.experimental.set_memory_growth = experimental.set_memory_growth
from keras_impl.backends import tensorflow as backend
from common.errors import BadInput
answers = []
for gpus, device, precision in json.loads(sys.argv[1]):
    told = []
    tf.config.list_physical_devices = lambda kind=None: gpus
    try:
        backend.configure(device, None, allow_tf32=precision == "tf32")
    except BadInput as error:
        told.append(["refused", str(error)])
    told.append(["tf32", tf.config.experimental.tensor_float_32_execution_enabled()])
    answers.append(told)
print(json.dumps(answers))
"""
KERAS = """
import json
from keras_impl.backends import backend
answers = []
for allowed in (False, True):
    backend.configure("cpu", None, allow_tf32=allowed)
    if backend.__name__.endswith("jax"):
        import jax
        answers.append(jax.config.jax_default_matmul_precision)
    else:
        import torch
        answers.append([torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32])
print(json.dumps(answers))
"""
TORCH = """
import json, torch
from torch_impl import device
answers = []
for allowed in (False, True):
    device.configure("cpu", None, allow_tf32=allowed)
    answers.append([torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32])
print(json.dumps(answers))
"""


def answer(program: str, *arguments: str, backend: str = "tensorflow") -> Any:
    variables = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=python_environment(variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def report(device: str, used: str) -> DeviceReport:
    return DeviceReport(device=device, used=used, threads=1, peak_device_bytes=None, versions={})


@pytest.mark.parametrize("used", ["cuda:0", "/job:localhost/replica:0/task:0/device:GPU:0"])
def test_weights_on_a_gpu_are_where_they_should_be(used: str) -> None:
    check_on_gpu("torch", report("NVIDIA H100", used))


@pytest.mark.parametrize(
    ("device", "used"),
    [("cpu", "TFRT_CPU_0"), ("NVIDIA H100", "/job:localhost/replica:0/task:0/device:CPU:0"), ("cpu", "cuda:0")],
)
def test_a_row_that_fell_back_to_the_cpu_fails(device: str, used: str) -> None:
    with pytest.raises(GanbenchError, match="fell back to"):
        check_on_gpu("keras-tf", report(device, used))


@pytest.fixture(scope="session")
def told() -> Callable[[list[str], str, str], Any]:
    """What TensorFlow is told by the GPUs that it sees, the device asked for and the precision."""
    cases = [(["GPU:0", "GPU:1"], "cuda:1", "fp32"), ([], "cuda:1", "fp32"), (["GPU:0"], "cuda:1", "fp32")]
    cases += [([], "cpu", "fp32"), ([], "cpu", "tf32")]
    answers = answer(TENSORFLOW, json.dumps(cases))
    return lambda *case: answers[cases.index(case)]


def test_tensorflow_lets_memory_grow_on_the_gpu_that_it_is_given_and_no_other(told) -> None:
    found = told(["GPU:0", "GPU:1"], "cuda:1", "fp32")
    assert found == [["visible", "GPU:1"], ["growth", "GPU:1", True], ["tf32", False]]


@pytest.mark.parametrize("gpus", [[], ["GPU:0"]], ids=["no GPU", "one GPU less than NVML sees"])
def test_a_gpu_that_tensorflow_does_not_see_is_refused(told, gpus: list[str]) -> None:
    found = told(gpus, "cuda:1", "fp32")
    assert "but TensorFlow sees" in dict(each for each in found if each[0] == "refused")["refused"]
    assert not [each for each in found if each[0] == "growth"]


def test_tf32_is_declared_alike(told) -> None:
    for precision in ("fp32", "tf32"):
        assert told([], "cpu", precision)[-1] == ["tf32", precision == "tf32"]
    assert answer(KERAS, backend="torch") == answer(TORCH) == [[False, False], [True, True]]
    assert answer(KERAS, backend="jax") == ["float32", "tensorfloat32"]
