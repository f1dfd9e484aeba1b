"""Data sets through the frameworks' own loaders, each in a process (and, if wanted, an interpreter) of its own.

torchvision and tensorflow-datasets must never share a process, and the calling process imports neither: a source runs
as `python -m benchmarks.data.sources.NAME` and leaves its pictures in an export folder (see `common.data.export`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from common.errors import BadInput

FRAMEWORK_SOURCES = ("torchvision", "tfds")
_EXTRAS = {"torchvision": "torch", "tfds": "keras"}
# an interpreter may lack even what our own modules import
_MISSING = re.compile(r"^ModuleNotFoundError: No module named '([\w.]+)'")


def run_source(
    source: str, name: str, split: str, out: Path, root: Path, *, download: bool, python: Path | None
) -> None:
    """Export one split of a data set through a framework's loader.

    Args:
        source: "torchvision" or "tfds".
        name: the data set's name in ganbench.
        split: "train", "valid" or "test".
        out: the export folder; emptied of an earlier export by being rewritten.
        root: where the framework keeps its files.
        download: whether it may fetch them.
        python: the interpreter that has the framework; None is this one.

    Raises:
        BadInput: the interpreter does not exist or lacks the framework, or the loader does not know the data set.
        GanbenchError: the loader failed; the message holds its last line.
    """
    arguments = [name, split, str(out), "--root", str(root), *(["--download"] if download else [])]
    command = python_command(f"benchmarks.data.sources.{source}_source", *arguments, python=python)
    end = run_child(command, variables={"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"})
    if missing := _MISSING.search(end.stderr_tail[-1] if end.code and end.stderr_tail else ""):
        raise BadInput(
            f"{python or sys.executable} has no {missing.group(1)}: install ganbench with its extra "
            f"[{_EXTRAS[source]}] there, or choose another --source."
        )
    end.check()
