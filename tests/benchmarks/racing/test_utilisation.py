"""Shares of a peak by hand, and why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.calibration.record import Calibration, Rate
from benchmarks.machine.gpu import GpuIdentity
from benchmarks.machine.host import Host
from benchmarks.racing.record import RaceRecord, Start
from benchmarks.racing.rows import race_rows
from benchmarks.racing.utilisation import utilisation

HOST = Host(processor="Test CPU", cores=2, memory_bytes=1)
START = Start(contender="torch eager", incarnation=1, startup_seconds=1, compile_seconds=1, images_per_iteration=64,
              device="cpu", used="cpu", threads=2, iteration_flops=20_000_000_000)  # fmt: skip


def calibration(**changes: Any) -> Calibration:
    told = {"size": "1 x 1 x 1", "flops": 2}
    rates = [
        Rate(operation="gemm", precision="fp32", windows=[90e9, 100e9, 300e9], **told),
        Rate(operation="convolution", precision="fp32", windows=[80e9], **told),
        Rate(operation="convolution", precision="bf16", windows=[400e9], **told),
    ]
    fields = {"host": HOST, "threads": 2, "library": "torch", "versions": {"torch": "2"}, "measured_at": "2026"}
    return Calibration(**{**fields, "rates": rates, **changes})


@pytest.fixture
def race(make_race: Callable[..., RaceRecord]) -> RaceRecord:
    return make_race().model_copy(update={"calibrations": [calibration()]})


def test_share_of_the_peak_of_its_precision(race: RaceRecord) -> None:
    """20 GFLOP in each of 2.5 iterations a second, where the best product reaches 100 GFLOP/s."""
    row = utilisation(race, START, "fp32", 2.5)
    assert row == {"gflops_per_second": pytest.approx(50.0), "peak_share": pytest.approx(0.5), "peak_reason": ""}
    assert utilisation(race, START, "bf16", 2.5)["peak_share"] == pytest.approx(0.125)
    every_core = START.model_copy(update={"threads": 0})
    assert utilisation(race, every_core, "fp32", 2.5)["peak_share"] == pytest.approx(0.5)


def test_a_build_of_torch_is_no_other_torch(race: RaceRecord) -> None:
    """It calls itself 2.14.1+cu130, and its package 2.14.1."""
    built = race.model_copy(update={"calibrations": [calibration(versions={"torch": "2+cu130"})]})
    assert utilisation(built, START, "fp32", 2.5)["peak_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("of_race", "of_start", "precision", "reason"),
    [
        ({"calibrations": []}, {}, "fp32", "this device is not calibrated: ganbench calibrate"),
        ({}, {"threads": 1}, "fp32", "not calibrated with 1 threads: ganbench calibrate --threads 1"),
        ({"calibrations": [calibration(versions={"torch": "1"})]}, {}, "fp32", "calibrated with another torch than 2"),
        ({}, {}, "tf32", "calibrate measures no tf32 here"),
        ({}, {"iteration_flops": None}, "fp32", "its network family does not tell its layers"),
    ],
)
def test_why_there_is_none(race: RaceRecord, of_race: dict, of_start: dict, precision: Any, reason: str) -> None:
    environment = race.environment.model_copy(update={"versions": {"torch": "2"}})
    changed = race.model_copy(update={"environment": environment, **of_race})
    row = utilisation(changed, START.model_copy(update=of_start), precision, 1.0)
    assert row["peak_share"] is None
    assert row["peak_reason"].startswith(reason)


def test_on_a_gpu_threads_do_not_matter(race: RaceRecord) -> None:
    gpu = GpuIdentity(name="H", uuid="GPU-1", driver="1")
    on_gpu = race.model_copy(update={"gpu": gpu, "calibrations": [calibration(gpu=gpu, threads=None)]})
    assert utilisation(on_gpu, START.model_copy(update={"threads": 16}), "fp32", 2.5)["peak_share"] == 0.5


def test_rows_of_a_race_have_the_share(race: RaceRecord) -> None:
    """10 iterations take torch 2 s."""
    starts = [start.model_copy(update={"iteration_flops": 2_000_000_000}) for start in race.starts]
    rows = race_rows(race.model_copy(update={"starts": starts}))
    assert rows[0]["peak_share"] == pytest.approx(2e9 * 5.0 / 100e9)
    assert rows[1]["peak_share"] == pytest.approx(rows[0]["peak_share"] / rows[1]["ratio"], rel=0.01)
