"""What `ganbench calibrate` does: measures a device, keeps the result and shows it."""

from __future__ import annotations

import sys

from benchmarks.calibration.calibrate import calibrate
from benchmarks.cli.tables import show
from benchmarks.machine.devices import resolve_device

_BUSY = 0.05


def run_calibration(device: str, threads: int | None, seconds: float, as_json: bool) -> None:
    """Measure `device`, and print one row per product.

    Raises:
        BadInput: no such device, or torch is missing or does not see it.
        GanbenchError: the measuring process failed, or the result cannot be kept.
    """
    calibration, path = calibrate(resolve_device(device), threads, seconds, _say)
    show(calibration.rows(), as_json)
    if (share := calibration.foreign_share) is not None and share > _BUSY:
        _say(f"other processes took {100 * share:.0f} % of the cores meanwhile: measure again when they are done")
    _say(f"kept in {path}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
