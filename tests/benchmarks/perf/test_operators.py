"""Profiles down to operators: own times worked out by hand, and each framework's profiler on a tiny training."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from benchmarks.perf.operators import operator, own_times
from tests.long import LONG

TINY = (
    'models = ["dcgan"]\nengines = ["torch"]\ndatasets = ["toy-shapes"]\n'
    "[training]\nmax_images = 32\nbatch_size = 16\n[overrides]\ndcgan.network.width = 4\n"
)
CONVOLUTION = {
    "torch": "aten::mkldnn_convolution",
    "keras-tf": "Conv2DBackpropFilter",
    "keras-jax": "conv",
}


def test_an_operator_has_its_time_without_what_it_calls() -> None:
    #  a: 0..10 with b: 1..4 (with c: 2..3) and b: 5..6 inside; then c: 10..12
    events = [("c", 10, 12), ("a", 0, 10), ("b", 1, 4), ("c", 2, 3), ("b", 5, 6)]
    assert own_times(events) == {"a": 6, "b": 3, "c": 3}


def test_numbers_and_scopes_do_not_make_another_operator() -> None:
    names = ["a/b:Conv2D", "fusion.12", "fusion.12.clone", "aten::mm", "MatMul"]
    assert [operator(name) for name in names] == ["Conv2D", "fusion", "fusion", "mm", "MatMul"]


@pytest.mark.parametrize("engine", CONVOLUTION if LONG else ("torch",))
def test_the_profiler_of_each_framework_finds_the_convolutions(tmp_path: Path, engine: str) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.perf.operators", str(tmp_path / "tiny.toml"), "dcgan", engine, "2"],
        env=python_environment({"TF_CPP_MIN_LOG_LEVEL": "3"}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert CONVOLUTION[engine] in done.stdout
    shares = [float(line.split("%")[0]) for line in done.stdout.splitlines() if " %  " in line]
    assert 50 < sum(shares) <= 100.5
