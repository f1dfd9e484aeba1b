"""One calibration from start to record: alone on its device, in a process of its own."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.calibration.record import Calibration, Rate
from benchmarks.calibration.store import save_calibration
from benchmarks.machine.child import run_child
from benchmarks.machine.devices import visible_device
from benchmarks.machine.gpu import find_gpu
from benchmarks.machine.host import this_host
from benchmarks.machine.locks import device_lock
from benchmarks.machine.python import python_command

MODULE = "benchmarks.calibration.measure"


def calibrate(
    device: str,
    threads: int | None,
    seconds: float,
    say: Callable[[str], None],
    folder: Path | None = None,
    command: list[str] | None = None,
) -> tuple[Calibration, Path]:
    """Measure `device` and keep the result.

    Args:
        device: "cpu" or "cuda:<index>".
        threads: CPU threads; None: the library's own choice.
        seconds: for each product.
        say: takes one sentence about what happens.
        folder: where calibrations are kept; the user's cache by default.
        command: the measuring process.

    Returns:
        the calibration and its file.

    Raises:
        BadInput: torch is not installed, or does not see the device.
        GanbenchError: the measuring process failed, or the file cannot be written.
    """
    options = ["--device", device.partition(":")[0], "--seconds", str(seconds)]
    if threads is not None:
        options += ["--threads", str(threads)]
    told: dict[str, Any] = {}
    rates: list[Rate] = []

    def take(event: dict[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        if event["event"] in ("library", "finished"):
            told.update(fields)
        elif event["event"] == "rate":
            rates.append(Rate.model_validate(fields))
            say(f"{rates[-1].precision} {rates[-1].operation}: {rates[-1].flops_per_second / 1e9:.4g} GFLOP/s")

    with device_lock(device, lambda: say("another ganbench run is timing on this device: waiting")):
        gpu = find_gpu(device)
        argv = command or python_command(MODULE, *options)
        run_child(argv, on_event=take, variables=visible_device(device)).check("The calibration failed.")
    calibration = Calibration(
        host=this_host(),
        gpu=gpu.identity() if gpu else None,
        threads=None if gpu else told["threads"],
        library=told["library"],
        versions=told["versions"],
        measured_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        foreign_share=told["foreign_share"],
        rates=rates,
    )
    return calibration, save_calibration(calibration, folder)
