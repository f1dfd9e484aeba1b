"""A GPU as NVML tells it, with a driver that answers some questions and not others."""

# ruff: noqa: N802 - the names are NVML's
from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.machine.gpu import GpuState, find_gpu


class FakeError(Exception):
    pass


class FakeDriver:
    """Two GPUs; the second is throttled by its power limit and does not tell its memory clock."""

    NVMLError = FakeError
    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 1, 2, 0

    def nvmlInit(self) -> None:
        pass

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index > 1:
            raise FakeError
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:
        return {"GPU-0": 0, "GPU-1": 1}[uuid]

    def nvmlDeviceGetName(self, handle: int) -> str:
        return f"GPU number {handle}"

    def nvmlDeviceGetUUID(self, handle: int) -> str:
        return f"GPU-{handle}"

    def nvmlSystemGetDriverVersion(self) -> str:
        return "570.1"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        return SimpleNamespace(total=80)

    def nvmlDeviceGetPowerManagementLimit(self, handle: int) -> int:
        return 700_000

    def nvmlDeviceGetMaxClockInfo(self, handle: int, kind: int) -> int:
        return 1980

    def nvmlDeviceGetClockInfo(self, handle: int, kind: int) -> int:
        if kind == self.NVML_CLOCK_MEM:
            raise FakeError
        return 1755

    def nvmlDeviceGetTemperature(self, handle: int, kind: int) -> int:
        return 61

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        return 350_500

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: int) -> int:
        return 0x01 if handle == 0 else 0x05

    def nvmlDeviceGetViolationStatus(self, handle: int, policy: int) -> Any:
        if handle == 0:
            raise FakeError
        return SimpleNamespace(violationTime=int(2e9) if policy == 0 else int(5e8))


@pytest.fixture(autouse=True)
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeDriver())  # type: ignore[arg-type]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_identity_and_state() -> None:
    gpu = find_gpu("cuda:1")
    assert gpu is not None
    identity = gpu.identity()
    assert (identity.name, identity.uuid, identity.driver) == ("GPU number 1", "GPU-1", "570.1")
    assert (identity.power_limit_watts, identity.most_sm_clock_mhz) == (700.0, 1980)
    assert gpu.state() == GpuState(
        sm_clock_mhz=1755, memory_clock_mhz=None, temperature_celsius=61, power_watts=350.5,
        throttling=("power cap",), throttled_seconds=2.5,
    )  # fmt: skip


def test_idle_is_no_throttling_and_counters_may_be_missing() -> None:
    gpu = find_gpu("cuda:0")
    assert gpu is not None
    assert (gpu.state().throttling, gpu.state().throttled_seconds) == ((), None)


def test_visible_devices_are_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert find_gpu("cuda:0").identity().uuid == "GPU-1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-1")
    assert find_gpu("cuda:0").identity().uuid == "GPU-1"


def test_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_gpu("cpu") is None
    assert find_gpu("cuda:5") is None
