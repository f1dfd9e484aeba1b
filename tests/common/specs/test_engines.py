"""The registry of engines: executions, defaults, and names that are not there."""

from __future__ import annotations

import pytest

from common.errors import BadInput
from common.specs.engines import ENGINES, check_engine, contender


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


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("torch", ("torch", "eager", None, False)),
        ("torch:compiled", ("torch", "compiled", None, False)),
        ("torch:compiled:bf16", ("torch", "compiled", "bf16", False)),
        ("keras-tf:bf16", ("keras-tf", "graph", "bf16", False)),
        ("torch:eager:stock", ("torch", "eager", None, True)),
        ("torch:plain", ("torch", "eager", "fp32", True)),
        ("keras-tf:plain", ("keras-tf", "graph", "fp32", False)),
        ("keras-tf:tuned", ("keras-tf", "compiled", "bf16", False)),
        ("keras-torch:tuned", ("keras-torch", "eager", "bf16", False)),
    ],
)
def test_a_contender_names_engine_execution_and_precision_or_a_tier(name: str, meant: tuple) -> None:
    assert tuple(contender(name)) == meant


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("torch:bf61", "Unknown execution or precision 'bf61': did you mean 'bf16'"),
        ("torch:bf16:compiled", "write a contender as engine:execution:precision:stock, or engine:tier"),
        ("torch:tuned:bf16", "write a contender as engine:execution:precision:stock, or engine:tier"),
        ("torch:graph", "Engine 'torch' has no execution 'graph'"),
        ("keras-tf:graph:stock", "Engine 'keras-tf' has nothing to switch off: leave 'stock' out"),
    ],
)
def test_a_part_that_is_none_or_stands_elsewhere_is_refused(name: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        contender(name)
    assert words in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_both_tiers_and_names_what_it_compiles(engine: str) -> None:
    spec = ENGINES[engine]
    for tier in ("plain", "tuned"):
        assert contender(f"{engine}:{tier}").precision == ("fp32" if tier == "plain" else "bf16")
    assert set(spec.regions) == set(spec.executions) - {"eager"}
