"""The engines by name: where each is implemented, what it needs installed and set, and how it can execute a step.

An engine is a class that fulfils `common.engine.Engine`; nothing here imports one. To climb the parity ladder an engine
also names a module that fulfils `common.engine.Probe`.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from common.errors import BadInput, unknown_name
from common.registry import Registry
from common.specs.base import Spec

Execution = Literal["eager", "graph", "compiled"]


class EngineSpec(Spec):
    """One engine.

    Attributes:
        name: as in a matrix.
        implementation: which set of twins it trains with ("torch", "keras"), for what is said about twins.
        engine: "module:Class" of the engine.
        probe: the module that looks inside an iteration for the parity ladder; None: it cannot climb.
        executions: how it can run a step, its default first.
        variables: environment variables that must be set before its framework is imported.
        packages: the packages that must be installed.
        extra: what `pip install 'ganbench[EXTRA]'` installs them by; for plug-ins the name of their own package.
    """

    name: str
    implementation: str
    engine: str = Field(pattern=r"^[\w.]+:\w+$")
    probe: str | None = None
    executions: tuple[Execution, ...] = Field(min_length=1)
    variables: dict[str, str] = Field(default_factory=dict)
    packages: tuple[str, ...]
    extra: str

    @property
    def how_to_install(self) -> str:
        """The command that installs what the engine needs."""
        return f"pip install 'ganbench[{self.extra}]'"


def _keras(backend: str, package: str, extra: str, *executions: Execution) -> EngineSpec:
    return EngineSpec(
        name=f"keras-{'tf' if backend == 'tensorflow' else backend}",
        implementation="keras",
        engine="keras_impl.engine:KerasEngine",
        probe="keras_impl.probe",
        executions=executions,
        variables={"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"},
        packages=("keras", package),
        extra=extra,
    )


ENGINES = Registry(
    "engine",
    "engines",
    EngineSpec,
    (
        EngineSpec(
            name="torch",
            implementation="torch",
            engine="torch_impl.engine:TorchEngine",
            probe="torch_impl.probe",
            executions=("eager", "compiled"),
            packages=("torch",),
            extra="torch",
        ),
        _keras("tensorflow", "tensorflow", "keras", "graph", "compiled", "eager"),
        _keras("jax", "jax", "keras,jax", "compiled"),
        _keras("torch", "torch", "keras,torch", "eager"),
    ),
)


def check_engine(engine: str, execution: str | None = None) -> Execution:
    """The execution to use on `engine`: the one asked for, or the engine's default.

    Raises:
        BadInput: unknown engine, or an execution that the engine does not have.
    """
    offered = ENGINES.find(engine).executions
    if execution is None:
        return offered[0]
    if execution not in get_args(Execution):
        raise unknown_name("execution", execution, get_args(Execution))
    if execution not in offered:
        raise BadInput(f"Engine '{engine}' has no execution '{execution}': it runs {', '.join(offered)}.")
    return next(each for each in offered if each == execution)
