"""The engines by name: where each is implemented, what it needs installed and set, and how it can execute a step.

A contender, as a matrix or --engines names it, is `name[:execution][:precision][:stock]` or `name:tier`.

An engine is a class that fulfils `common.engine.Engine`; nothing here imports one. To climb the parity ladder an engine
also names a module that fulfils `common.engine.Probe`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from pydantic import Field

from common.errors import BadInput, unknown_name
from common.registry import Registry
from common.specs.base import Spec

Execution = Literal["eager", "graph", "compiled"]
# bf16: networks compute in bfloat16; weights, losses, optimisers and statistics are float32
Precision = Literal["fp64", "fp32", "tf32", "bf16"]
# what a framework's documents show first, and all that it offers (docs/tiers.md)
Tier = Literal["plain", "tuned"]
STOCK = "stock"


class EngineSpec(Spec):
    """One engine.

    Attributes:
        name: as in a matrix.
        implementation: which set of twins it trains with ("torch", "keras"), for what is said about twins.
        engine: "module:Class" of the engine.
        probe: the module that looks inside an iteration for the parity ladder; None: it cannot climb.
        executions: how it can run a step, its default first.
        regions: by execution, what is compiled as one; an execution without one compiles nothing.
        precisions: what it can compute in.
        tiers: by tier, the rest of the contender's name.
        has_stock: whether it differs from its framework's defaults in more than execution and precision, and can do
            without: `stock`.
        variables: environment variables that must be set before its framework is imported.
        compiler_cache: the environment variable that names the folder in which its compiler keeps what it compiled for
            other processes; None: it keeps nothing.
        without_cache: variables that have it compile everything anew, if that is not what it does anyhow.
        packages: the packages that must be installed.
        extra: what `pip install 'ganbench[EXTRA]'` installs them by; for plug-ins the name of their own package.
    """

    name: str
    implementation: str
    engine: str = Field(pattern=r"^[\w.]+:\w+$")
    probe: str | None = None
    executions: tuple[Execution, ...] = Field(min_length=1)
    regions: dict[Execution, str] = Field(default_factory=dict)
    precisions: tuple[Precision, ...] = ("fp64", "fp32", "tf32")
    tiers: dict[Tier, str] = Field(default_factory=dict)
    has_stock: bool = False
    variables: dict[str, str] = Field(default_factory=dict)
    compiler_cache: str | None = None
    without_cache: dict[str, str] = Field(default_factory=dict)
    packages: tuple[str, ...]
    extra: str

    @property
    def how_to_install(self) -> str:
        """The command that installs what the engine needs."""
        return f"pip install 'ganbench[{self.extra}]'"


class Contender(NamedTuple):
    """How an engine trains; precision None is the matrix' own."""

    engine: str
    execution: Execution
    precision: Precision | None = None
    stock: bool = False


_WHOLE_STEP = "the whole update: networks, losses, penalty, gradients, optimiser, statistics"
_KERAS_REGIONS: dict[str, dict[Execution, str]] = {
    "tensorflow": {"graph": f"{_WHOLE_STEP}; as one tf.function", "compiled": f"{_WHOLE_STEP}; by XLA"},
    "jax": {"compiled": f"{_WHOLE_STEP}; by XLA"},
    "torch": {},
}


def _keras(backend: str, package: str, extra: str, *executions: Execution) -> EngineSpec:
    return EngineSpec(
        name=f"keras-{'tf' if backend == 'tensorflow' else backend}",
        implementation="keras",
        engine="keras_impl.engine:KerasEngine",
        probe="keras_impl.probe",
        executions=executions,
        regions=_KERAS_REGIONS[backend],
        precisions=get_args(Precision),
        tiers={
            "plain": f"{executions[0]}:fp32",
            "tuned": f"{'compiled' if 'compiled' in executions else executions[0]}:bf16",
        },
        variables={"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"},
        compiler_cache="JAX_COMPILATION_CACHE_DIR" if backend == "jax" else None,
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
            regions={
                "compiled": "networks, losses, penalty and all gradients, in four pieces; fused optimiser beside them"
            },
            precisions=get_args(Precision),
            tiers={"plain": f"eager:fp32:{STOCK}", "tuned": "compiled:bf16"},
            has_stock=True,
            compiler_cache="TORCHINDUCTOR_CACHE_DIR",
            without_cache={"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"},
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


def contender(name: str) -> Contender:
    """What `name[:execution][:precision][:stock]` or `name:tier` means.

    Raises:
        BadInput: unknown engine, or a part that is none of these or that the engine does not have.
    """
    engine, *parts = name.split(":")
    spec = ENGINES.find(engine)
    if len(parts) == 1 and parts[0] in get_args(Tier):
        tiers = {tier: rest for tier, rest in spec.tiers.items() if tier == parts[0]}
        if not tiers:
            raise BadInput(f"Engine '{engine}' has no tier '{parts[0]}': name an execution and a precision.")
        parts = tiers.popitem()[1].split(":")
    execution = parts.pop(0) if parts and parts[0] in get_args(Execution) else None
    precision = parts.pop(0) if parts and parts[0] in get_args(Precision) else None
    stock = parts == [STOCK]
    if parts and not stock:
        known = (*get_args(Execution), *get_args(Precision), *get_args(Tier), STOCK)
        if parts[0] in known:
            raise BadInput(f"'{name}': write a contender as engine:execution:precision:{STOCK}, or engine:tier.")
        raise unknown_name("execution or precision", parts[0], known)
    if stock and not spec.has_stock:
        raise BadInput(f"Engine '{engine}' has nothing to switch off: leave '{STOCK}' out.")
    return Contender(engine, check_engine(engine, execution), check_precision(engine, precision), stock)


def check_precision(engine: str, precision: str | None) -> Precision | None:
    """`precision`, if `engine` has it; None stays None.

    Raises:
        BadInput: unknown engine, or a precision that it does not have.
    """
    offered = ENGINES.find(engine).precisions
    if precision is not None and precision not in offered:
        raise BadInput(f"Engine '{engine}' does not compute in {precision}: it has {', '.join(offered)}.")
    return next((each for each in offered if each == precision), None)
