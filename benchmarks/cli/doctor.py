"""`ganbench doctor`: what is installed, what there is to compute with, and whether every engine starts.

Every check can fail: a row that could only ever say "ok" would be no check.
"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys

import psutil
from packaging.requirements import Requirement

from benchmarks.machine.child import run_child
from benchmarks.machine.devices import accelerators
from benchmarks.machine.environment import load_average, processor_name, usable_cores, versions
from benchmarks.machine.interpreters import interpreter_of
from benchmarks.machine.python import python_command
from benchmarks.results.rows import Row
from benchmarks.running.engines import missing_packages
from common.data.cache import cache_root
from common.errors import GanbenchError
from common.specs.engines import ENGINES

_PYTHONS = ((3, 11), (3, 13))
_LEAST_FREE = 2 * 2**30
_LEAST_MEMORY = 3 * 2**30  # TensorFlow and a small model take about one
_PATIENCE_SECONDS = 180
# packages that spoil each other in one environment, and what happens
_CLASHES = (
    (
        ("nvidia-cudnn-cu12", "nvidia-cudnn-cu13"),
        "both put cuDNN at the same place, so one framework runs the wrong library or falls back to the CPU: make one "
        "environment for each framework",
    ),
)


def doctor_rows() -> list[Row]:
    """One row per check: {check, state, detail}; state is ok, warning, missing (not installed) or broken."""
    checks = (_python, _processor, _memory, _load, _accelerators, _disk)
    return [*(check() for check in checks), *_packages(), _clashes(), *(_engine(name) for name in ENGINES)]


def _row(check: str, state: str, detail: str) -> Row:
    return {"check": check, "state": state, "detail": detail}


def _judged(check: str, good: bool, detail: str, trouble: str) -> Row:
    return _row(check, "ok", detail) if good else _row(check, "warning", f"{detail}: {trouble}")


def _python() -> Row:
    tested = _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
    return _judged("python", tested, f"{platform.python_version()} ({sys.executable})", "3.11 to 3.13 are supported")


def _processor() -> Row:
    cores = usable_cores()
    detail = f"{processor_name()}, {cores} usable core{'s' if cores > 1 else ''}"
    return _judged("processor", cores > 1, detail, "images are decoded on the core that trains, times suffer")


def _memory() -> Row:
    memory = psutil.virtual_memory()
    detail = f"{memory.total / 2**30:.1f} GB, {memory.available / 2**30:.1f} GB available"
    return _judged("memory", memory.available >= _LEAST_MEMORY, detail, "cells may be killed")


def _load() -> Row:
    load = load_average()
    return _judged("load", load <= 0.5 * usable_cores(), f"{load:.1f}", "times will be disturbed")


def _accelerators() -> Row:
    try:
        return _row("accelerators", "ok", ", ".join(accelerators()) or "none found: cells run on the CPU")
    except GanbenchError as error:
        return _row("accelerators", "broken", str(error))


def _disk() -> Row:
    root = cache_root(None)
    existing = next(parent for parent in (root, *root.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 2**30:.1f} GB free for the data cache {root}"
    return _judged("disk", free > _LEAST_FREE, detail, "preparing a data set may fail")


def _packages() -> list[Row]:
    """Every package that a result depends on, against the oldest version that ganbench was tested with."""
    try:
        lines = importlib.metadata.requires("ganbench") or []
    except importlib.metadata.PackageNotFoundError:  # a checkout that is not installed states no bounds
        lines = []
    bounds = {line.name.lower(): line for line in map(Requirement, lines)}
    rows = []
    for name, version in versions().items():
        wanted = bounds.get(name)
        fits = wanted is None or wanted.specifier.contains(version, prereleases=True)
        trouble = "" if wanted is None else f"ganbench was tested with {wanted.specifier}"
        rows.append(_judged(f"package {name}", fits, version, trouble))
    return rows


def _clashes() -> Row:
    for packages, trouble in _CLASHES:
        if len(found := versions(packages)) == len(packages):
            named = ", ".join(f"{name} {version}" for name, version in found.items())
            return _row("clashes", "broken", f"{named}: {trouble}")
    return _row("clashes", "ok", "none of those that are known")


def _engine(name: str) -> Row:
    """Whether the engine's framework is installed, and starts in a process of its own."""
    spec, check = ENGINES[name], f"engine {name}"
    elsewhere = interpreter_of(name)
    if not elsewhere and (missing := missing_packages(spec)):
        return _row(check, "missing", f"{', '.join(missing)}: {spec.how_to_install}")
    end = run_child(python_command("benchmarks.running.engines", name, engine=name), timeout=_PATIENCE_SECONDS)
    if end.code != 0:
        return _row(check, "broken", end.describe().splitlines()[-1])
    named = ", ".join(f"{package} {version}" for package, version in end.last_event["versions"].items())
    return _row(check, "ok", f"starts ({named})" + (f" in {elsewhere}" if elsewhere else ""))
