"""What the referee needs of a contender and of the room it races in; processes and simulations fulfil it alike."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from benchmarks.machine.energy import Meter
from benchmarks.machine.foreign import CoreTimes, core_times, frequency_mhz, usable_core_numbers
from benchmarks.machine.gpu import Gpu, GpuState
from benchmarks.racing.record import Split, Start


class RacerLostError(Exception):
    """A contender crashed, hung or could not start; the message is one sentence."""


@dataclass(frozen=True)
class Lap:
    """What a contender says after a window: wall and CPU seconds of it and its splits, finite losses or not, memory."""

    iterations: int
    seconds: float
    cpu_seconds: float
    splits: tuple[Split, ...] = ()
    finite: bool = True
    peak_process_bytes: int | None = None
    peak_device_bytes: int | None = None


class Racer(Protocol):
    """One contender in one incarnation. Every method but `stop` may raise RacerLostError."""

    def launch(self) -> None:
        """Begin to come up; others may come up meanwhile."""
        ...

    def ready(self, incarnation: int) -> Start:
        """Wait until it is up, has run the first iteration, and rests."""
        ...

    def run(self, iterations: int, splits: int = 1) -> Lap:
        """Run `iterations` from a device at rest to a device at rest, timed in so many splits, and wait again."""
        ...

    def cpu_seconds(self) -> float:
        """CPU seconds since it came up, all threads and child processes."""
        ...

    def stop(self) -> None:
        """End, at once if need be; does nothing if it has ended."""
        ...


class Room(Protocol):
    """The machine around the contenders."""

    cores: int
    meter: Meter | None

    def now(self) -> float:
        """Seconds of a clock that never jumps."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def core_times(self) -> CoreTimes | None:
        """What the usable cores did so far."""
        ...

    def own_cpu_seconds(self) -> float:
        """CPU seconds of the referee so far."""
        ...

    def frequency_mhz(self) -> float | None:
        """The cores' clock right now."""
        ...

    def gpu_state(self) -> GpuState | None:
        """How the GPU runs right now, if there is one."""
        ...


class ThisMachine:
    """The room that races are really held in; `gpu` is the one that is raced on, None on the CPU, `meter` counts the
    energy of what is raced on."""

    def __init__(self, gpu: Gpu | None = None, meter: Meter | None = None) -> None:
        self.cores, self.meter = len(usable_core_numbers()), meter
        self._gpu = gpu

    def now(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def core_times(self) -> CoreTimes | None:
        """From /proc/stat."""
        return core_times()

    def own_cpu_seconds(self) -> float:
        """This process with its threads, its children not."""
        return time.process_time()

    def frequency_mhz(self) -> float | None:
        """From the system's files."""
        return frequency_mhz()

    def gpu_state(self) -> GpuState | None:
        """From NVML."""
        return None if self._gpu is None else self._gpu.state()
