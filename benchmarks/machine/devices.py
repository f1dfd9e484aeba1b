"""Devices as the user names them (auto, cpu, cuda, cuda:1), seen without importing a framework: NVML answers."""

from __future__ import annotations

import os
import re

from common.errors import BadInput, GanbenchError

ALL_GPUS = "cuda:all"


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
    index, count = int(match[1] or 0), min(len(found), len(_allowed()) or len(found))
    if index >= count:
        raise BadInput(f"There is no device cuda:{index}: NVML sees {count} GPU(s); use --device cpu or auto.")
    return f"cuda:{index}"


def resolve_devices(names: str) -> tuple[str, ...]:
    """As `resolve_device`, of several: "cuda:0,cuda:2", or "cuda:all" for every GPU that this process may use.

    Raises:
        BadInput: as `resolve_device`; or devices of different kinds, which train different cells.
    """
    if names == ALL_GPUS:
        count = min(len(found := accelerators()), len(_allowed()) or len(found))
        if not count:
            raise BadInput(f"There is no GPU for --device {names}: NVML sees none; use --device cpu or auto.")
        return tuple(f"cuda:{index}" for index in range(count))
    devices = tuple(dict.fromkeys(resolve_device(name.strip()) for name in names.split(",")))
    if len(devices) > 1 and "cpu" in devices:
        raise BadInput(f"--device {names}: name GPUs or the processor, since cells are of one kind of device.")
    return devices


def visible_device(device: str) -> dict[str, str]:
    """The environment variables that show a worker exactly `device`: a GPU cell sees its GPU as number 0."""
    if device == "cpu":
        return {"CUDA_VISIBLE_DEVICES": "-1"}
    index = device.partition(":")[2] or "0"
    allowed = _allowed()
    shown = allowed[int(index)] if int(index) < len(allowed) else index
    return {"CUDA_VISIBLE_DEVICES": shown, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def _allowed() -> list[str]:
    """The GPUs that this process was given, as its environment names them; empty: all there are."""
    return [entry.strip() for entry in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if entry.strip()]
