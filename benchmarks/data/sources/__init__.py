"""Data sets through the frameworks' own loaders, each in a process (and, if wanted, an interpreter) of its own.

torchvision and tensorflow-datasets must never share a process, and the calling process imports neither: a source runs
as `python -m benchmarks.data.sources.NAME` and leaves its pictures in an export folder (see `common.data.export`).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from common.errors import BadInput, GanbenchError

FRAMEWORK_SOURCES = ("torchvision", "tfds")
_EXTRAS = {"torchvision": "torch", "tfds": "keras"}
_ROOT = Path(__file__).resolve().parents[3]


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
    interpreter = str(python or sys.executable)
    command = [
        interpreter,
        "-m",
        f"benchmarks.data.sources.{source}_source",
        name,
        split,
        str(out),
        "--root",
        str(root),
    ]
    command += ["--download"] if download else []
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BadInput(
            f"Cannot run {interpreter}: {error.strerror or error}; name the interpreter with --python."
        ) from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["it said nothing"]
        if missing := re.search(r"^ModuleNotFoundError: No module named '([\w.]+)'", lines[-1]):
            raise BadInput(
                f"{interpreter} has no {missing.group(1)}: install ganbench with its extra [{_EXTRAS[source]}] "
                "there, or choose another --source."
            )
        raise GanbenchError(
            f"{source} could not give {name} {split} ({lines[-1].strip()[:300]}): check --from {root}, or get the "
            "files by hand and use --source auto."
        )
