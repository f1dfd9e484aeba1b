"""Meters at their boundary: a fake driver, a fake powercap, and power that is sampled."""

# ruff: noqa: N802 - the names are NVML's
from __future__ import annotations

import itertools
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.machine.energy import PowerSamples, find_meter, integral
from benchmarks.machine.gpu import find_gpu


class FakeError(Exception):
    pass


class FakeDriver:
    """One GPU that draws 300 W and counts in millijoules; `counts` is False for one that cannot."""

    NVMLError = FakeError
    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 1, 2, 0

    def __init__(self, counts: bool) -> None:
        self.counts, self.millijoules = counts, itertools.count(5_000, 1_500)

    def nvmlInit(self) -> None:
        pass

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        if not self.counts:
            raise FakeError
        return next(self.millijoules)

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        return 300_000

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: int) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        def refuse(*arguments: Any) -> None:
            raise FakeError

        return refuse


def package(folder: Path, number: int, name: str, microjoules: int, limit: int = 1_000_000) -> Path:
    zone = folder / f"intel-rapl:{number}"
    zone.mkdir(parents=True)
    for file, text in (("name", name), ("energy_uj", microjoules), ("max_energy_range_uj", limit)):
        (zone / file).write_text(f"{text}\n")
    return zone


def test_a_gpu_counts_and_tells_its_power(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeDriver(counts=True))
    meter, why = find_meter(find_gpu("cuda:0"))
    assert meter is not None
    assert (meter.source, why) == ("NVML", "")
    before = meter.joules()
    assert meter.joules() - before == pytest.approx(1.5)
    assert meter.watts() == 300.0


def test_a_gpu_that_cannot_count_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeDriver(counts=False))
    package(tmp_path, 0, "package-0", 1)  # the processor's is no answer for a GPU
    assert find_meter(find_gpu("cuda:0"), tmp_path) == (None, "NVML has no energy counter for this GPU")


def test_processor_packages_are_added_and_go_round(tmp_path: Path) -> None:
    zones = [package(tmp_path, 0, "package-0", 900_000), package(tmp_path, 1, "package-1", 100_000)]
    package(tmp_path, 2, "psys", 0)
    part = package(tmp_path, 3, "core", 0)
    meter, _ = find_meter(None, tmp_path)
    assert meter is not None
    assert meter.source == "RAPL"
    before = meter.joules()
    zones[0].joinpath("energy_uj").write_text("100000\n")  # past its limit of 1 J
    zones[1].joinpath("energy_uj").write_text("600000\n")
    part.joinpath("energy_uj").write_text("999999\n")
    assert meter.joules() - before == pytest.approx(0.2 + 0.5)
    assert meter.watts() is None


def test_no_package_or_one_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meter, why = find_meter(None, tmp_path / "none")
    assert meter is None
    assert why.startswith("there is no processor package in")
    package(tmp_path, 0, "package-0", 1)
    read = Path.read_text

    def refuse(path: Path, *arguments: Any, **options: Any) -> str:
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return read(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refuse)
    meter, why = find_meter(None, tmp_path)
    assert meter is None
    assert "energy_uj cannot be read (Permission denied): only root may" in why


def test_integral_of_samples_by_hand() -> None:
    assert integral([(0.0, 100.0), (1.0, 200.0), (3.0, 200.0)]) == 150.0 + 400.0
    assert integral([(0.0, 100.0)]) is None
    assert integral([]) is None


def test_power_is_sampled_while_something_runs() -> None:
    meter = SimpleNamespace(source="x", joules=lambda: 0.0, watts=lambda: 50.0)
    clock = itertools.count(0.0, 1.0)
    with PowerSamples(meter, lambda: next(clock)) as samples:
        pass
    joules = samples.joules
    assert joules is not None
    assert joules % 50.0 == 0.0
    silent = SimpleNamespace(source="x", joules=lambda: 0.0, watts=lambda: None)
    with PowerSamples(silent) as samples:
        pass
    assert samples.joules is None
