"""Building engines: the one place where a framework is imported, in a process that imports no other.

`python -m benchmarks.running.engines ENGINE` shows whether an engine starts on this machine.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any, cast

from benchmarks.machine.events import Emitter, report
from benchmarks.machine.memory import keep_freed_memory
from common.engine import DeviceReport, Engine
from common.errors import BadInput, GanbenchError
from common.probe import Probe
from common.specs.cell import Cell
from common.specs.engines import ENGINES, EngineSpec
from common.specs.networks import NetworkShape

# torch and JAX call it "cuda:0", TensorFlow "/job:localhost/replica:0/task:0/device:GPU:0"
_GPU = re.compile(r"cuda|gpu", re.IGNORECASE)


def build_engine(cell: Cell, shape: NetworkShape, threads: int | None = None) -> Engine:
    """The engine of `cell`; imports its framework, and only that. Its process keeps the memory that it frees.

    Raises:
        BadInput: unknown engine, the framework is not installed, or the device asked for is not there.
        GanbenchError: a GPU was asked for, and the weights are somewhere else.
    """
    module, _, name = ENGINES.find(cell.engine).engine.partition(":")
    kind = getattr(_import(cell.engine, module), name)
    keep_freed_memory()
    engine = cast(Engine, kind(cell, shape, threads))
    if cell.device != "cpu":
        check_on_gpu(cell.engine, engine.device_report())
    return engine


def check_on_gpu(engine: str, report: DeviceReport) -> None:
    """That the weights are on a GPU: a row that fell back to the CPU would be a wrong row, not a slow one.

    Raises:
        GanbenchError: they are not.
    """
    if report.device == "cpu" or not _GPU.search(report.used):
        raise GanbenchError(
            f"Engine '{engine}' was to compute on a GPU and fell back to '{report.used}': see what `ganbench doctor` "
            "says, or use --device cpu."
        )


def choose_compiler_cache(engine: str, folder: Path | None) -> None:
    """Let the compiler of `engine` keep what it compiles in `folder`, and find it there; None: compile everything anew.

    To be called before the engine is built.
    """
    spec = ENGINES.find(engine)
    if folder is None:
        os.environ.update(spec.without_cache)
    elif spec.compiler_cache is not None:
        os.environ[spec.compiler_cache] = str(folder / engine)


def load_probe(engine: str) -> Probe[Any]:
    """The module that looks inside an iteration of `engine`, for the parity ladder.

    Raises:
        BadInput: unknown engine, one without a probe, or its framework is not installed.
    """
    module = ENGINES.find(engine).probe
    if module is None:
        raise BadInput(f"Engine '{engine}' cannot climb the parity ladder: it names no probe.")
    return cast(Probe[Any], _import(engine, module))


def missing_packages(engine: EngineSpec) -> list[str]:
    """The packages that `engine` needs and that are not installed, without importing any."""
    missing = []
    for package in engine.packages:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    return missing


def _import(engine: str, module: str) -> Any:
    spec = ENGINES.find(engine)
    os.environ.update(spec.variables)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise BadInput(
            f"Engine '{engine}' needs the package '{error.name}': install it with {spec.how_to_install}."
        ) from error


def _start(emit: Emitter) -> int:
    """Import the engine named on the command line and say which versions it runs."""
    spec = ENGINES.find(sys.argv[1])
    module, _, name = spec.engine.partition(":")
    getattr(_import(spec.name, module), name)
    versions = {package: importlib.metadata.version(package) for package in spec.packages}
    emit({"event": "started", "versions": versions})
    return 0


if __name__ == "__main__":
    sys.exit(report(_start))
