"""The steps that other commands do: the doctor, and the parity ladder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine.child import ChildEnd, run_child
from benchmarks.machine.python import python_command
from benchmarks.perf.gpu.plan import DATASET
from common.errors import GanbenchError
from common.files import write_text

DOCTOR, PARITY = "doctor.json", "parity.json"
_PATIENCE = 400.0


def ask_doctor(out: Path) -> dict[str, str]:
    """State by check; the rows go to doctor.json. A machine that is not quite sound is no error.

    Raises:
        GanbenchError: the doctor itself failed.
    """
    end = _ganbench("doctor", "--json", timeout=_PATIENCE)
    try:  # it ends with 1 where something is not sound, and tells what all the same
        rows = json.loads("\n".join(end.printed))
    except ValueError:
        raise GanbenchError(f"The doctor failed. {end.describe()}") from None
    write_text(out / DOCTOR, json.dumps(rows, indent=1) + "\n")
    return {row["check"]: row["state"] for row in rows}


def climb(out: Path, models: Sequence[str], engines: Sequence[str], device: str, seconds: float) -> None:
    """Hold `engines` against eager torch on `device`; the rungs go to parity.json, beside those that are there.

    Raises:
        GanbenchError: nothing was measured, or a rung does not hold.
    """
    words = ["parity", *models, "--engines", ",".join(engines), "--device", device]
    words += ["--dataset", DATASET, "--no-mutations"]
    _ganbench(*words, "--out", str(out / PARITY), timeout=seconds).check("Not every rung holds, or was measured.")


def _ganbench(*words: str, timeout: float) -> ChildEnd:
    return run_child(python_command("benchmarks.cli.main", *words), timeout=timeout)
