"""Choosing, awaiting and describing the device that PyTorch computes on."""

import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from common.engine import DeviceReport
from common.errors import BadInput


def configure(name: str, threads: int | None, allow_tf32: bool) -> torch.device:
    """The device called `name`, with threads and TF32 set for the process.

    Raises:
        BadInput: a GPU was asked for and torch sees none.
    """
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise BadInput(f"Device '{name}' was asked for, but torch sees no GPU: use --device cpu, or mend the driver.")
    if threads is not None:
        torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = allow_tf32
    torch.backends.cudnn.allow_tf32 = allow_tf32
    torch.backends.cudnn.benchmark = True
    return torch.device(name)


def prepare_compiler() -> None:
    """Have torch.compile take gradients in.

    Raises:
        BadInput: there is no C++ compiler ($CXX, else g++).
    """
    torch._dynamo.config.trace_autograd_ops = True  # gradients, and gradients of them, within what is compiled
    wanted = os.environ.get("CXX", "g++")
    if sys.platform == "linux" and shutil.which(wanted) is None:
        raise BadInput(
            f"torch's compiled execution needs a C++ compiler and there is no '{wanted}': install one "
            "(Debian: apt install g++), or name the engine torch:eager."
        )


def compiler(device: torch.device) -> Callable[[Any], Any]:
    """torch.compile of whole pieces, on a GPU replayed as CUDA graphs.

    What it cannot take in is an error, and so is its limit on recompilations, past which it would go on eagerly.
    """
    return partial(torch.compile, fullgraph=True, mode="reduce-overhead" if device.type == "cuda" else None)


def kept(images: Tensor) -> Tensor:
    """Images of a compiled network that outlive the next call of a compiled piece: on a GPU a copy.

    Where no gradient is pending, that next call begins a new replay of CUDA graphs and may write to their memory.
    """
    return images.clone() if images.device.type == "cuda" else images


def synchronize(device: torch.device) -> None:
    """Wait for the accelerator; CPU kernels have finished when their call returns."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class CudaStopwatch:
    """CUDA events on the current stream, the first recorded now."""

    def __init__(self) -> None:
        self._begin, self._end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        self._begin.record()

    def stop(self) -> None:
        """Record the second."""
        self._end.record()

    def seconds(self) -> float:
        """What lies between them; CUDA tells milliseconds."""
        return self._begin.elapsed_time(self._end) / 1000.0


def stopwatch(device: torch.device) -> CudaStopwatch | None:
    """A running clock of the accelerator's own; None on the CPU."""
    return CudaStopwatch() if device.type == "cuda" else None


def report(device: torch.device, weight: Tensor) -> DeviceReport:
    """What is known of the device; `weight` proves where the work is done."""
    cuda = device.type == "cuda"
    return DeviceReport(
        device=torch.cuda.get_device_name(device) if cuda else "cpu",
        used=str(weight.device),
        threads=torch.get_num_threads(),
        peak_device_bytes=torch.cuda.max_memory_allocated(device) if cuda else None,
        versions={"torch": torch.__version__, "cuda": torch.version.cuda or "none"},
    )
