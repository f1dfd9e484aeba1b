"""A calibration from a process that tells rates, and where it is kept; one real, short one."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.calibration import measure, store
from benchmarks.calibration.calibrate import calibrate
from benchmarks.calibration.record import Calibration
from benchmarks.calibration.store import save_calibration, stored_calibrations
from benchmarks.machine.gpu import GpuIdentity
from benchmarks.machine.host import this_host
from benchmarks.machine.python import python_environment
from common.errors import BadInput

LIBRARY = {"event": "library", "library": "torch", "versions": {"torch": "2.0"}, "threads": 3}
END = {"event": "finished", "foreign_share": 0.02}


def rate(operation: str, precision: str, *windows: float) -> dict:
    told = {"operation": operation, "precision": precision, "size": "1 x 1 x 1", "flops": 2}
    return {"event": "rate", "windows": windows, **told}


def teller(*events: dict, code: int = 0) -> list[str]:
    lines = "\n".join(json.dumps(event) for event in events)
    return [sys.executable, "-c", f"print({lines!r}); raise SystemExit({code})"]


def told(tmp_path: Path, *events: dict) -> tuple[Calibration, Path]:
    return calibrate("cpu", None, 1.0, lambda text: None, tmp_path, teller(LIBRARY, *events, END))


def test_the_peak_is_the_best_of_the_medians(tmp_path: Path) -> None:
    calibration, path = told(
        tmp_path,
        rate("gemm", "fp32", 5e9, 6e9, 100e9),  # a lucky window is no peak
        rate("gemm", "fp32", 7e9, 1e9, 8e9),
        rate("convolution", "fp32", 6.5e9),
        rate("convolution", "bf16", 20e9),
    )
    best = calibration.best("fp32")
    assert best is not None
    assert (best.operation, best.flops_per_second) == ("gemm", 7e9)
    assert (of_convolutions := calibration.best("fp32", "convolution")) is not None
    assert of_convolutions.flops_per_second == 6.5e9
    assert calibration.best("tf32") is None
    assert [row["peak"] for row in calibration.rows()] == ["", "peak", "", "peak"]
    assert (calibration.threads, calibration.library, calibration.foreign_share) == (3, "torch", 0.02)
    assert Calibration.model_validate_json(path.read_text()) == calibration


def test_a_process_that_cannot_measure_is_one_sentence_and_keeps_nothing(tmp_path: Path) -> None:
    failed = teller({"event": "failed", "reason": "No torch."}, code=2)
    with pytest.raises(BadInput, match=r"^No torch\.$"):
        calibrate("cpu", None, 1.0, lambda text: None, tmp_path, failed)
    assert not list(tmp_path.iterdir())


def test_one_file_per_machine_device_threads_and_versions(tmp_path: Path) -> None:
    calibration, first = told(tmp_path, rate("gemm", "fp32", 1.0))
    again = calibration.model_copy(update={"measured_at": "2100-01-01T00:00:00+00:00"})
    assert save_calibration(again, tmp_path) == first
    gpu = GpuIdentity(name="H", uuid="GPU-1", driver="1")
    changes: list[dict] = [
        {"threads": 1},
        {"versions": {"torch": "2.1"}},
        {"gpu": gpu, "threads": None},
        {"host": calibration.host.model_copy(update={"cores": 99})},
    ]
    others = [save_calibration(calibration.model_copy(update=change), tmp_path) for change in changes]
    assert len({first, *others}) == 5
    (tmp_path / "broken.json").write_text("{")
    found = stored_calibrations(this_host(), None, tmp_path)
    assert [each.threads for each in found] == [3, 1, 3]
    assert found[0] == again
    assert [each.gpu for each in stored_calibrations(this_host(), gpu, tmp_path)] == [gpu]
    assert stored_calibrations(this_host(), gpu.model_copy(update={"uuid": "GPU-2"}), tmp_path) == []


def test_the_users_cache_is_the_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path))
    calibration, path = told(tmp_path / "elsewhere", rate("gemm", "fp32", 1.0))
    assert save_calibration(calibration) == tmp_path / store.FOLDER / path.name


def test_sizes_that_would_take_minutes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that multiplies bfloat16 at 0.3 GFLOP/s is given small matrices only, one at 100 GFLOP/s all."""
    switches = SimpleNamespace(matmul=SimpleNamespace(), allow_tf32=False)
    torch = SimpleNamespace(backends=SimpleNamespace(cuda=switches, cudnn=switches))
    monkeypatch.setattr(measure, "_work", lambda torch, product, precision, device: product)
    arguments = argparse.Namespace(device="cpu", seconds=1.0)
    sizes = {}
    for rate in (0.3e9, 100e9):
        told: list[dict] = []
        monkeypatch.setattr(measure, "time_windows", lambda product, *more, rate=rate: [rate / product.flops] * 5)
        measure._time_products(torch, "bf16", arguments, told.append)
        sizes[rate] = [event["size"] for event in told if event["operation"] == "gemm"]
    assert sizes == {0.3e9: ["512 x 512 x 512"], 100e9: [f"{n} x {n} x {n}" for n in (512, 1024, 2048)]}


def test_this_machine_is_measured(tmp_path: Path) -> None:
    calibration, _ = calibrate("cpu", 1, 0.02, lambda text: None, tmp_path)
    assert calibration.threads == 1
    assert "torch" in calibration.versions
    assert {(each.operation, each.precision) for each in calibration.rates} == {
        (operation, precision) for operation in ("gemm", "convolution") for precision in ("fp32", "bf16")
    }
    best = calibration.best("fp32")
    assert best is not None
    assert 1e9 < best.flops_per_second < 1e13  # between an old telephone and no processor there is


def test_without_torch_it_says_what_to_install(tmp_path: Path) -> None:
    """A module of that name that cannot be imported stands before the real one."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    environment = python_environment()
    environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{environment['PYTHONPATH']}"
    command = ["-m", "benchmarks.calibration.measure", "--device", "cpu", "--seconds", "1"]
    argv = ["/usr/bin/env", f"PYTHONPATH={environment['PYTHONPATH']}", sys.executable, *command]
    with pytest.raises(BadInput, match=r"'torch' is not installed: install it with pip install 'ganbench\[torch\]'"):
        calibrate("cpu", None, 1.0, lambda text: None, tmp_path / "kept", argv)
