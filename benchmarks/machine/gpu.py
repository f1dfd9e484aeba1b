"""One NVIDIA GPU as its driver (NVML) sees it: what it is, and how fast and how hot it runs right now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.machine.devices import visible_device
from benchmarks.results.records import Finite, RecordPart

# NVML's bits of the reasons why clocks are lower than they could be, those that slow work down
_SLOWDOWNS = {
    0x04: "power cap",
    0x08: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "power brake",
}
# NVML's counters of time lost to the power limit and to heat
_VIOLATIONS = (0, 1)


class GpuIdentity(RecordPart):
    """Which GPU, under which driver and limits; None: the driver does not tell."""

    name: str
    uuid: str
    driver: str
    memory_bytes: int | None = None
    power_limit_watts: float | None = None
    most_sm_clock_mhz: int | None = None
    most_memory_clock_mhz: int | None = None


class GpuState(RecordPart):
    """How the GPU runs at one moment; `throttled_seconds` is the time lost to its limits, since the driver started or,
    in a window, during it."""

    sm_clock_mhz: int | None = None
    memory_clock_mhz: int | None = None
    temperature_celsius: int | None = None
    power_watts: Finite | None = None
    throttling: tuple[str, ...] = ()
    throttled_seconds: Finite | None = None


class Gpu:
    """The GPU called `device` ("cuda:0").

    Raises:
        pynvml.NVMLError: there is no driver, or no such GPU.
    """

    def __init__(self, device: str) -> None:
        import pynvml

        pynvml.nvmlInit()
        self._nvml: Any = pynvml
        shown = visible_device(device)["CUDA_VISIBLE_DEVICES"]
        by_number = shown.isdigit()
        self._handle = (
            pynvml.nvmlDeviceGetHandleByIndex(int(shown)) if by_number else pynvml.nvmlDeviceGetHandleByUUID(shown)
        )

    def identity(self) -> GpuIdentity:
        """What it is."""
        nvml, handle = self._nvml, self._handle
        memory, limit = self._ask(nvml.nvmlDeviceGetMemoryInfo), self._ask(nvml.nvmlDeviceGetPowerManagementLimit)
        return GpuIdentity(
            name=str(nvml.nvmlDeviceGetName(handle)),
            uuid=str(nvml.nvmlDeviceGetUUID(handle)),
            driver=str(nvml.nvmlSystemGetDriverVersion()),
            memory_bytes=None if memory is None else int(memory.total),
            power_limit_watts=None if limit is None else limit / 1000.0,
            most_sm_clock_mhz=self._ask(nvml.nvmlDeviceGetMaxClockInfo, nvml.NVML_CLOCK_SM),
            most_memory_clock_mhz=self._ask(nvml.nvmlDeviceGetMaxClockInfo, nvml.NVML_CLOCK_MEM),
        )

    def state(self) -> GpuState:
        """How it runs right now."""
        nvml = self._nvml
        power = self._ask(nvml.nvmlDeviceGetPowerUsage)
        reasons = self._ask(nvml.nvmlDeviceGetCurrentClocksThrottleReasons) or 0
        lost = [self._ask(nvml.nvmlDeviceGetViolationStatus, policy) for policy in _VIOLATIONS]
        known = [each.violationTime / 1e9 for each in lost if each is not None]
        return GpuState(
            sm_clock_mhz=self._ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),
            memory_clock_mhz=self._ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_MEM),
            temperature_celsius=self._ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU),
            power_watts=None if power is None else power / 1000.0,
            throttling=tuple(name for bit, name in _SLOWDOWNS.items() if reasons & bit),
            throttled_seconds=sum(known) if known else None,
        )

    def joules(self) -> float | None:
        """What the board has used since its driver started; None where it does not count (before Volta)."""
        millijoules = self._ask(self._nvml.nvmlDeviceGetTotalEnergyConsumption)
        return None if millijoules is None else millijoules / 1000.0

    def _ask(self, question: Callable[..., Any], *details: int) -> Any:
        """The driver's answer, or None where this GPU has none."""
        try:
            return question(self._handle, *details)
        except self._nvml.NVMLError:
            return None


def find_gpu(device: str) -> Gpu | None:
    """The GPU that `device` names; None for the CPU, or where NVML does not know it."""
    if device == "cpu":
        return None
    import pynvml

    try:
        return Gpu(device)
    except pynvml.NVMLError:
        return None
