"""How a Python of ours is started: the command of a module, and the environment that every child gets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.machine.interpreters import interpreter_of

_ROOT = Path(__file__).parents[2]


def python_command(
    module: str, *arguments: str, python: Path | str | None = None, engine: str | None = None
) -> list[str]:
    """The argv that runs one of our modules, in this interpreter, in `python`, or in the one that is `engine`'s."""
    if engine is not None:
        python = interpreter_of(engine)
    return [str(python or sys.executable), "-m", module, *arguments]


def python_environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child Python: ours, this package importable, the current folder's modules not.

    Children of another interpreter find ganbench the same way, which is why a checkout is named by PYTHONPATH.
    """
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", **(variables or {})}
    if not {"site-packages", "dist-packages"} & set(_ROOT.parts):
        known = environment.get("PYTHONPATH", "")
        environment["PYTHONPATH"] = f"{_ROOT}{os.pathsep}{known}" if known else str(_ROOT)
    return environment
