"""Counters of energy: a GPU's by NVML, a processor's by RAPL (/sys/class/powercap)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from benchmarks.machine.gpu import Gpu

_POWERCAP = Path("/sys/class/powercap")
_SAMPLE_SECONDS = 0.05


class Meter(Protocol):
    """A counter of joules; `source` says whose."""

    source: str

    def joules(self) -> float:
        """Joules since some moment; only differences mean anything."""
        ...

    def watts(self) -> float | None:
        """The power right now, told independently of the counter; None where nothing tells it."""
        ...


class GpuMeter:
    """The whole board of a GPU, as its driver counts."""

    source = "NVML"

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu

    def joules(self) -> float:
        """From the driver's counter of millijoules."""
        return self._gpu.joules() or 0.0

    def watts(self) -> float | None:
        """From the driver's power reading."""
        return self._gpu.state().power_watts


class RaplMeter:
    """All processor packages of the machine; their counters start again from 0 at a limit, which is told."""

    source = "RAPL"

    def __init__(self, packages: Sequence[Path]) -> None:
        self._packages = list(packages)
        self._limits = [_number(package / "max_energy_range_uj") for package in packages]
        self._last = [_number(package / "energy_uj") for package in packages]
        self._total = 0.0

    def joules(self) -> float:
        """Added up since the meter was made; it has to be asked before a counter has gone round once (minutes)."""
        for index, package in enumerate(self._packages):
            value = _number(package / "energy_uj")
            grown = value - self._last[index]
            self._total += (grown if grown >= 0 else grown + self._limits[index]) / 1e6
            self._last[index] = value
        return self._total

    def watts(self) -> None:
        """RAPL tells energy only."""
        return


def find_meter(gpu: Gpu | None, powercap: Path = _POWERCAP) -> tuple[Meter | None, str]:
    """The meter of the GPU or, without one, of the processor; and why there is none, in one sentence."""
    if gpu is not None:
        if gpu.joules() is None:
            return None, "NVML has no energy counter for this GPU"
        return GpuMeter(gpu), ""
    packages = [zone for zone in sorted(powercap.glob("intel-rapl:*")) if _is_package(zone)]
    if not packages:
        return None, f"there is no processor package in {powercap}: this system or machine tells no energy"
    try:
        return RaplMeter(packages), ""
    except OSError as error:
        return None, f"{packages[0]}/energy_uj cannot be read ({error.strerror}): only root may, by default"


class PowerSamples:
    """Within it the power is read 20 times a second; `joules` is its integral afterwards, None without readings."""

    def __init__(self, meter: Meter, clock: Callable[[], float] = time.monotonic) -> None:
        self._meter, self._clock = meter, clock
        self._samples: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PowerSamples:
        self._read()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        self._read()

    @property
    def joules(self) -> float | None:
        """The trapezoids between the readings."""
        return integral(self._samples)

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self._read()

    def _read(self) -> None:
        watts = self._meter.watts()
        if watts is not None:
            self._samples.append((self._clock(), watts))


def integral(samples: Sequence[tuple[float, float]]) -> float | None:
    """Joules between the first and the last of (seconds, watts), by trapezoids; None of fewer than two."""
    if len(samples) < 2:
        return None
    return sum((after - before) * (low + high) / 2.0 for (before, low), (after, high) in pairwise(samples))


def _is_package(zone: Path) -> bool:
    """Whether it is a whole processor: parts of one are counted in it, and "psys" is more than processors."""
    try:
        return (zone / "name").read_text(encoding="ascii").startswith("package")
    except OSError:
        return False


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))
