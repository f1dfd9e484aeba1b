"""Foreign CPU time: what others used of this machine's cores while something was timed, and what was stolen from it.

The load average cannot tell: it looks back a minute and counts the run's own previous cell. Here the busy time of the
cores (/proc/stat) over the very stretch that was timed is compared with the CPU time of the timed processes; what is
left belongs to others. Time stolen by the hypervisor is counted apart, where the system tells it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_STAT = Path("/proc/stat")
_CPUINFO = Path("/proc/cpuinfo")
_FREQUENCIES = "/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq"


@dataclass(frozen=True)
class CoreTimes:
    """CPU seconds of the usable cores since the system started: `busy` by any process, `stolen` by the hypervisor."""

    busy: float
    stolen: float


@dataclass
class ForeignUse:
    """A stretch of time: `seconds` on the wall and, of all usable cores together, CPU seconds.

    `own` is what the timed processes used, `foreign` what others did, `stolen` what the hypervisor took; `foreign` and
    `stolen` are None where the system does not tell. Clocks tick in hundredths of a second, so over short stretches
    `foreign` is rough.
    """

    seconds: float = 0.0
    own: float = 0.0
    foreign: float | None = None
    stolen: float | None = None

    def share(self, cores: int) -> float | None:
        """Foreign and stolen time as a share of what `cores` cores have to give, 0 to 1."""
        if self.foreign is None or not self.seconds:
            return None
        return (self.foreign + (self.stolen or 0.0)) / (self.seconds * cores)


def usable_core_numbers() -> list[int]:
    """The numbers of the cores this process may run on."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def core_times(path: Path = _STAT) -> CoreTimes | None:
    """Busy and stolen seconds of the usable cores so far; None on systems without /proc/stat.

    Of its columns (user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice) the guests' are part of
    user and nice, and waiting for a disk is idleness.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    wanted, busy, stolen = {f"cpu{number}" for number in usable_core_numbers()}, 0, 0
    for line in lines:
        name, _, rest = line.partition(" ")
        if name in wanted:
            columns = [*map(int, rest.split()), *[0] * 8]
            busy += sum(columns[index] for index in (0, 1, 2, 5, 6))
            stolen += columns[7]
    tick = os.sysconf("SC_CLK_TCK")
    return CoreTimes(busy / tick, stolen / tick)


def process_cpu_seconds(pid: int) -> float:
    """CPU seconds (user and system) of a process and its descendants so far; 0 if it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0.0
    for member in family:
        try:
            times = member.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def frequency_mhz(cpuinfo: Path = _CPUINFO) -> float | None:
    """The usable cores' mean clock in MHz right now, None where it is not told; virtual machines tell a constant."""
    found = []
    for number in usable_core_numbers():
        try:
            found.append(float(Path(_FREQUENCIES.format(number)).read_text(encoding="ascii")) / 1000.0)
        except (OSError, ValueError):
            continue
    if not found:
        try:
            lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
            found = [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]
        except (OSError, ValueError):
            return None
    return sum(found) / len(found) if found else None


@contextmanager
def foreign_use(
    own_seconds: Callable[[], float] = time.process_time, cores: Callable[[], CoreTimes | None] = core_times
) -> Iterator[ForeignUse]:
    """Measure the block: the object it gives is filled when the block ends, however it ends.

    Args:
        own_seconds: CPU seconds so far of all that belongs to the timed work; by default this process with its threads.
        cores: what the cores did so far.
    """
    use = ForeignUse()
    before, own, started = cores(), own_seconds(), time.perf_counter()
    try:
        yield use
    finally:
        use.seconds, use.own = time.perf_counter() - started, own_seconds() - own
        after = cores()
        if before is not None and after is not None:
            use.foreign = max(0.0, after.busy - before.busy - use.own)
            use.stolen = max(0.0, after.stolen - before.stolen)
