"""Devices as the user names them (auto, cpu, cuda, cuda:1), seen without importing a framework: NVML answers."""

from __future__ import annotations

import os
import re

from common.errors import BadInput, GanbenchError


def accelerators() -> list[str]:
    """The names of the NVIDIA GPUs that this process may use, in NVML's order; empty where there is no driver.

    Raises:
        GanbenchError: there is a driver, but it does not answer.
    """
    import pynvml

    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError_LibraryNotFound, pynvml.NVMLError_DriverNotLoaded):
        return []
    except pynvml.NVMLError as error:
        raise GanbenchError(f"The NVIDIA driver does not answer ({error}): mend it, or use --device cpu.") from error
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return [str(pynvml.nvmlDeviceGetName(handle)) for handle in handles]
    finally:
        pynvml.nvmlShutdown()


def resolve_device(name: str) -> str:
    """`auto` becomes the first GPU if there is one, else the CPU; `cuda` becomes `cuda:0`.

    Returns:
        "cpu" or "cuda:<index>".

    Raises:
        BadInput: no such kind of device, or a GPU that is not there.
    """
    if name == "cpu":
        return name
    match = re.fullmatch(r"cuda(?::(\d+))?", name)
    if name != "auto" and match is None:
        raise BadInput(f"Unknown device '{name}': use auto, cpu, cuda or cuda:INDEX.")
    found = accelerators()
    if match is None:
        return "cuda:0" if found else "cpu"
    index = int(match[1] or 0)
    if index >= len(found):
        raise BadInput(f"There is no device cuda:{index}: NVML sees {len(found)} GPU(s); use --device cpu or auto.")
    return f"cuda:{index}"


def visible_device(device: str) -> dict[str, str]:
    """The environment variables that show a worker exactly `device`: a GPU cell sees its GPU as number 0."""
    if device == "cpu":
        return {"CUDA_VISIBLE_DEVICES": "-1"}
    index = device.partition(":")[2] or "0"
    allowed = [entry for entry in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if entry.strip()]
    shown = allowed[int(index)] if int(index) < len(allowed) else index
    return {"CUDA_VISIBLE_DEVICES": shown, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
