"""Starting an engine takes no package in that it does not use, and leaves those that it hid to whoever wants them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from benchmarks.machine.python import python_environment
from tests.long import only_long

UNUSED = {"jax", "matplotlib", "pandas", "sklearn", "mlxtend", "scipy.stats", "torchvision", "tensorflow_datasets"}
LOOK = """
import json, sys
import {module}
print(json.dumps([name for name in {unused} if name in sys.modules]))
import pandas, sklearn
"""
CASES = (
    ("torch", "torch", "torch_impl.engine", UNUSED),
    ("tensorflow", "tensorflow", "keras_impl.engine", UNUSED),
    pytest.param("jax", "jax", "keras_impl.engine", UNUSED - {"jax"}, marks=only_long),
    pytest.param("torch", "torch", "keras_impl.engine", UNUSED, marks=only_long),
)


@pytest.mark.parametrize(("backend", "package", "module", "unused"), CASES)
def test_an_engine_imports_nothing_that_it_does_not_use(
    backend: str, package: str, module: str, unused: set[str]
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    environment = python_environment({"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""})
    command = [sys.executable, "-c", LOOK.format(module=module, unused=sorted(unused))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == []
