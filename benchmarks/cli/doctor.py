"""`ganbench doctor`: what is installed, what there is to compute with, and whether every engine starts."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine.child import python_environment
from benchmarks.machine.devices import accelerators
from benchmarks.machine.environment import load_average, processor_name, usable_cores, versions
from benchmarks.running.worker import EXTRAS
from common.data.cache import cache_root

Row = dict[str, Any]

_KERAS_STARTS = "import keras; keras.ops.zeros(1); print(keras.__version__)"
# engine -> (what it needs installed, the program that shows that it starts)
_ENGINE_CHECKS = {
    "torch": (
        ("torch",),
        "import torch; torch.optim.Adam([torch.zeros(1, requires_grad=True)]); print(torch.__version__)",
    ),
    "keras-tf": (("keras", "tensorflow"), _KERAS_STARTS),
    "keras-jax": (("keras", "jax"), _KERAS_STARTS),
    "keras-torch": (("keras", "torch"), _KERAS_STARTS),
}
_LEAST_FREE = 2 * 2**30


def doctor_rows() -> list[Row]:
    """One row per check: {check, state, detail}; state is ok, warning, missing (not installed) or broken."""
    return [*_machine(), *_packages(), *_clashes(), *(_engine(name) for name in _ENGINE_CHECKS)]


def _row(check: str, state: str, detail: str) -> Row:
    return {"check": check, "state": state, "detail": detail}


def _machine() -> list[Row]:
    memory, cores, load = psutil.virtual_memory(), usable_cores(), load_average()
    busy = load > 0.5 * cores
    gpus = accelerators()
    root = cache_root(None)
    existing = next(parent for parent in (root, *root.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    return [
        _row("python", "ok", f"{platform.python_version()} ({sys.executable})"),
        _row("processor", "ok", f"{processor_name()}, {cores} usable cores"),
        _row("memory", "ok", f"{memory.total / 2**30:.1f} GB, {memory.available / 2**30:.1f} GB available"),
        _row("load", "warning" if busy else "ok", f"{load:.1f}" + (": times will be disturbed" if busy else "")),
        _row("accelerators", "ok", ", ".join(gpus) or "none found: cells run on the CPU"),
        _row(
            "disk", "ok" if free > _LEAST_FREE else "warning", f"{free / 2**30:.1f} GB free for the data cache {root}"
        ),
    ]


def _packages() -> list[Row]:
    return [_row("package", "ok", f"{name} {version}") for name, version in versions().items()]


def _clashes() -> list[Row]:
    """Known clashes of what is installed together."""
    found = versions(("tensorflow", "triton"))
    if len(found) < 2 or not Path(sys.prefix).exists():
        return []
    detail = (
        f"tensorflow {found['tensorflow']} and triton {found['triton']} can crash when one process loads both; "
        "ganbench keeps every framework in a process of its own, so this is only for your own programs"
    )
    return [_row("clash", "ok", detail)]


def _engine(name: str) -> Row:
    """Whether the engine's framework is installed, and starts in a process of its own."""
    needed, program = _ENGINE_CHECKS[name]
    missing = [package for package in needed if not versions((package,))]
    if missing:
        return _row(f"engine {name}", "missing", f"{', '.join(missing)}: pip install 'ganbench[{EXTRAS[name]}]'")
    environment = python_environment({"KERAS_BACKEND": needed[-1], "TF_CPP_MIN_LOG_LEVEL": "2"})
    command = [sys.executable, "-c", program]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        return _row(f"engine {name}", "broken", "did not start within 3 minutes")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return _row(f"engine {name}", "broken", last)
    return _row(f"engine {name}", "ok", f"starts ({needed[0]} {done.stdout.strip()})")
