"""Devices: what auto means, and what a worker gets to see."""

from __future__ import annotations

import re

import pytest

from benchmarks.machine import devices
from benchmarks.machine.devices import resolve_device, resolve_devices, visible_device
from common.errors import BadInput, GanbenchError


def test_auto_is_the_first_gpu_or_the_cpu(monkeypatch) -> None:
    monkeypatch.setattr(devices, "accelerators", list)
    assert (resolve_device("auto"), resolve_device("cpu")) == ("cpu", "cpu")
    monkeypatch.setattr(devices, "accelerators", lambda: ["A GPU", "Another"])
    assert resolve_device("auto") == resolve_device("cuda") == "cuda:0"
    assert resolve_device("cuda:1") == "cuda:1"


def test_a_driver_that_does_not_answer_is_told_and_none_at_all_is_none(monkeypatch) -> None:
    import pynvml

    def init(code: int):
        def fail() -> None:
            raise pynvml.NVMLError(code)

        return fail

    monkeypatch.setattr(pynvml, "nvmlInit", init(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND))
    assert devices.accelerators() == []
    monkeypatch.setattr(pynvml, "nvmlInit", init(pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH))
    with pytest.raises(GanbenchError, match="The NVIDIA driver does not answer"):
        devices.accelerators()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpu", "Unknown device 'gpu'"),
        ("cuda:", "Unknown device"),
        ("cuda:x", "Unknown device"),
        ("cuda:2", "There is no device cuda:2: NVML sees 1"),
    ],
)
def test_devices_that_are_not_there(monkeypatch, name: str, message: str) -> None:
    monkeypatch.setattr(devices, "accelerators", lambda: ["A GPU"])
    with pytest.raises(BadInput, match=re.escape(message)):
        resolve_device(name)


def test_workers_see_their_device_only(monkeypatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_device("cpu")["CUDA_VISIBLE_DEVICES"] == "-1"
    assert visible_device("cuda:1")["CUDA_VISIBLE_DEVICES"] == "1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert visible_device("cuda:1")["CUDA_VISIBLE_DEVICES"] == "7"


def test_several_gpus(monkeypatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(devices, "accelerators", lambda: ["A GPU"] * 4)
    assert resolve_devices("cuda:all") == ("cuda:0", "cuda:1", "cuda:2", "cuda:3")
    assert resolve_devices("cuda:2, cuda:0,cuda:2") == ("cuda:2", "cuda:0")
    assert resolve_devices("cpu") == ("cpu",)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert resolve_devices("cuda:all") == ("cuda:0", "cuda:1")
    assert [visible_device(device)["CUDA_VISIBLE_DEVICES"] for device in resolve_devices("cuda:all")] == ["1", "3"]
    with pytest.raises(BadInput, match="There is no device cuda:2: NVML sees 2"):
        resolve_devices("cuda:2")


@pytest.mark.parametrize(
    ("names", "message"),
    [("cpu,cuda:0", "cells are of one kind"), ("", "Unknown device ''"), ("cuda:0,,", "Unknown device ''")],
)
def test_several_devices_that_cannot_be(monkeypatch, names: str, message: str) -> None:
    monkeypatch.setattr(devices, "accelerators", lambda: ["A GPU"])
    with pytest.raises(BadInput, match=message):
        resolve_devices(names)
    monkeypatch.setattr(devices, "accelerators", list)
    with pytest.raises(BadInput, match="There is no GPU"):
        resolve_devices("cuda:all")
