"""Every layer and network of ours is made again by its configuration: the same variables, and the same output."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from tests.long import FEW

# with an embedding of classes, and with residual networks that know them, every class of ours is there
TRIED = tuple(dict.fromkeys((*FEW, "cgan", "cond-sngan")))
SIDE = Path(__file__).with_name("layers_side.py")
NETWORKS = Path(__file__).parents[2] / "keras_impl" / "networks"
BASES = {"Layer", "Block", "SpecModel", "GrowingGenerator"}
ABSTRACT = {"Block", "SpecModel", "GrowingGenerator"}


@pytest.fixture(scope="module")
def found():
    environment = python_environment({"KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"})
    done = subprocess.run(
        [sys.executable, str(SIDE), *TRIED], env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("model", TRIED)
def test_what_is_made_again_has_the_same_variables_and_gives_the_same(found, model):
    assert len(found[model]) > 4
    for place, layer in found[model].items():
        assert layer["again"] == layer["variables"], place
        assert layer["variables"], place
        assert layer["same places"], place
        assert layer["error"] == 0, place


def test_no_class_is_left_out(found):
    written = {
        node.name
        for path in NETWORKS.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and {ast.unparse(base).rpartition(".")[2] for base in node.bases} & BASES
    }
    assert {layer["kind"] for layers in found.values() for layer in layers.values()} == written - ABSTRACT
