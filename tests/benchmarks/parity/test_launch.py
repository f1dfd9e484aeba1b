"""Parity workers: what the user is told when one cannot do its work."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.parity.jobs import Job, parity_cell
from benchmarks.parity.launch import run_jobs
from common.errors import BadInput
from common.plugins import VARIABLE
from common.specs.models import model_spec

GHOST = """
from common.specs.engines import EngineSpec

ENGINES = (
    EngineSpec(
        name="ghost", implementation="keras", engine="no_such_framework:Engine", probe=PROBE, executions=("eager",),
        packages=("no-such",), extra="keras",
    ),
)
"""


@pytest.mark.parametrize(
    ("probe", "sentence"),
    [
        (
            "'no_such_framework.probe'",
            "Engine 'ghost' needs the package 'no_such_framework': install it with pip install 'ganbench[keras]'.",
        ),
        ("None", "Engine 'ghost' cannot climb the parity ladder: it names no probe."),
    ],
)
def test_a_missing_framework_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: str, sentence: str
) -> None:
    file = tmp_path / "ghost_plugin.py"
    file.write_text(GHOST.replace("PROBE", probe))
    monkeypatch.setenv(VARIABLE, str(file))
    cell = parity_cell(model_spec("dcgan"), "ghost", "eager", "fp64", "mnist-5k")
    with pytest.raises(BadInput) as caught:
        run_jobs([Job(name="x", cell=cell)])
    assert str(caught.value) == sentence
