"""Where calibrations are kept: one JSON file per machine, device, number of threads and versions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from benchmarks.calibration.record import Calibration
from benchmarks.machine.gpu import GpuIdentity
from benchmarks.machine.host import Host
from common.data.cache import cache_root
from common.files import write_text

FOLDER = "calibrations"


def save_calibration(calibration: Calibration, folder: Path | None = None) -> Path:
    """Write the calibration over an older one of the same machine, device, threads and versions; returns its file.

    Raises:
        GanbenchError: it cannot be written.
    """
    gpu = calibration.gpu
    key = {
        "host": calibration.host.model_dump(),
        "gpu": gpu.uuid if gpu else None,
        "threads": calibration.threads,
        "versions": calibration.versions,
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
    kind = "cuda" if gpu else f"cpu-{calibration.threads}-threads"
    path = _folder(folder) / f"{kind}-{digest}.json"
    write_text(path, calibration.model_dump_json(indent=1) + "\n")
    return path


def stored_calibrations(host: Host, gpu: GpuIdentity | None, folder: Path | None = None) -> list[Calibration]:
    """Those of this machine and device (None: the CPU), the newest first; files that are none are passed over."""
    found = []
    for path in sorted(_folder(folder).glob("*.json")):
        try:
            calibration = Calibration.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, ValidationError):
            continue
        uuids = [each.uuid if each else None for each in (calibration.gpu, gpu)]
        if calibration.host == host and uuids[0] == uuids[1]:
            found.append(calibration)
    return sorted(found, key=lambda each: each.measured_at, reverse=True)


def _folder(folder: Path | None) -> Path:
    return folder or cache_root(None) / FOLDER
