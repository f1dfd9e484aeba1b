"""The registry of engines: executions, defaults, and names that are not there."""

from __future__ import annotations

import pytest

from common.errors import BadInput
from common.specs.engines import ENGINES, check_engine


@pytest.mark.parametrize("engine", ENGINES)
def test_engine_offers_its_executions_and_has_a_default(engine: str) -> None:
    executions = ENGINES[engine].executions
    assert check_engine(engine) == executions[0]
    for execution in executions:
        assert check_engine(engine, execution) == execution


@pytest.mark.parametrize(
    ("engine", "execution", "words"),
    [
        ("pytorch", None, "Unknown engine 'pytorch': did you mean 'torch'"),
        ("kerastf", None, "did you mean 'keras-tf'"),
        ("torch", "compile", "Unknown execution 'compile': did you mean 'compiled'"),
        ("torch", "graph", "Engine 'torch' has no execution 'graph': it runs eager, compiled"),
    ],
)
def test_unknown_engine_or_execution(engine: str, execution: str | None, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_engine(engine, execution)
    assert words in str(caught.value)
