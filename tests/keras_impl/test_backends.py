"""Every backend gives the same derivatives, states and statistics, and they are the ones computed by hand."""

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from tests.long import only_long

SIDE = Path(__file__).with_name("backend_side.py")
SETTINGS = (
    ("tensorflow", "graph"),
    pytest.param(("tensorflow", "compiled"), marks=only_long),
    ("jax", "compiled"),
    ("torch", "eager"),
)


@pytest.fixture(scope="module", params=SETTINGS, ids="-".join)
def found(request):
    backend, execution = request.param
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = python_environment(
        {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    )
    command = [sys.executable, str(SIDE), execution]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    return {"execution": execution, **json.loads(done.stdout.splitlines()[-1])}


def test_pullback_maps_a_gradient_at_the_value_to_the_variables(found):
    # value w^2 at w = (1, 2), gradient (1, 10) at it: 2 w * (1, 10); the extra passes through
    assert found["pullback"] == {"value": [1.0, 4.0], "sum": 3.0, "gradient": [2.0, 40.0]}


def test_a_variable_that_is_not_used_has_no_gradient(found):
    assert found["unused_gradient"] is None


def test_input_gradient(found):
    assert found["input_gradient"] == [9.0, [3.0, 12.0]]  # x^3 at (1, 2): 3 x^2


def test_second_derivative_through_the_input_gradient(found):
    # slope of w x^3 is 3 w x^2, its square 9 w^2 x^4, derived for w: 18 w x^4, at w = x = (1, 2)
    assert found["second_derivative"] == [9.0 + 576.0, [18.0, 576.0]]


def test_compiled_steps_update_their_variables(found):
    # 1 + 1 * (1 + 2 + 3); the second variable takes over the first, the third keeps its value
    assert found["state"]["seen"] == [[2.0], [4.0], [7.0]]
    assert found["state"]["after"] == [[7.0], [7.0], [9.0]]


def test_other_values_of_alpha_do_not_trace_again(found):
    assert found["state"]["traces"] == (3 if found["execution"] == "eager" else 1)


def test_every_call_of_a_batch_norm_counts_once(found):
    # three calls a step move the mean from 0 towards (2, 8) by half each
    assert found["statistics"] == [[2 * (1 - 0.5**3), 8 * (1 - 0.5**3)], [2 * (1 - 0.5**6), 8 * (1 - 0.5**6)]]


def test_optimizer_within_a_step(found):
    # Adam by hand, lr 0.1, betas 0.5 and 0.75: gradients (1, 2), then (3, -2)
    first = 0.9 - 0.1 * (1.75 / 0.75) / math.sqrt(2.4375 / 0.4375)
    second = -1.1 - 0.1 * (-0.5 / 0.75) / math.sqrt(1.75 / 0.4375)
    assert found["optimizer"]["weight"] == pytest.approx([first, second], abs=1e-6)
    assert found["optimizer"]["iterations"] == 2


def test_what_a_step_returns_keeps_no_graph_alive(found):
    assert found["outputs_hold_no_graph"] == [False, False, False]


def test_fetch(found):
    assert found["fetched"] == [1.5, 2.5]


def test_threads_and_device_are_reported(found):
    assert found["threads"] == 1
    assert "cpu" in found["device"]["of"].lower()
    assert found["device"]["name"] == "cpu"
    assert found["device"]["peak"] is None


def test_a_device_that_is_not_there_is_refused(found):
    assert "'cuda:99'" in found["refused_device"]
    assert "--device cpu" in found["refused_device"]


def test_float64_stays_float64_until_it_is_switched_off(found):
    chain = [math.tanh(0.1 * 1.0) / 127.5, 0.25 * math.tanh(-0.7 * 2.0) / 127.5]
    expected = sum(math.sqrt(each**2 + 1e-12) for each in chain) / 2 + math.log1p(math.exp(-sum(chain)))
    assert found["float64"]["dtype"] == "float64"
    assert found["float64"]["value"] == pytest.approx(expected, rel=1e-14)
    assert "float32" in found["float64"]["after"]
