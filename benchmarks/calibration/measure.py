"""The measuring process: times products of several sizes in every precision that the device has, by torch.

Usage: python -m benchmarks.calibration.measure --device cpu|cuda --threads N --seconds S

It prints events: "library", a "rate" for each product, and "finished" with what others used of the cores meanwhile.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks.calibration.record import Operation
from benchmarks.calibration.windows import time_windows
from benchmarks.machine.environment import usable_cores
from benchmarks.machine.events import Emitter, report
from benchmarks.machine.foreign import foreign_use
from benchmarks.machine.memory import keep_freed_memory
from common.errors import BadInput
from common.flops.layers import conv
from common.specs.engines import ENGINES, Precision


class Product(NamedTuple):
    """One product to time: its factors, made on the device, and what multiplies them."""

    operation: Operation
    size: str
    flops: int
    factors: tuple[tuple[int, ...], ...]


# square matrices; (images, channels before and after, side, kernel) as they stand in the middle of networks
_MATRICES = {"cpu": (512, 1024, 2048), "cuda": (2048, 4096, 8192)}
_CONVOLUTIONS = {
    "cpu": ((32, 64, 32, 3), (32, 128, 16, 3), (32, 256, 8, 3)),
    "cuda": ((256, 128, 32, 3), (256, 256, 16, 3), (256, 512, 8, 3)),
}
# a size is left out where it would take more seconds than this by the rate of the one before: a processor without
# instructions for a precision is no faster there, and would multiply for minutes
_LONGEST = 2.0


def products(device: str) -> Iterator[Product]:
    """What is timed on a "cpu" or "cuda" device."""
    for n in _MATRICES[device]:
        yield Product("gemm", f"{n} x {n} x {n}", 2 * n**3, ((n, n), (n, n)))
    for images, channels, side, kernel in _CONVOLUTIONS[device]:
        size = f"{images} images, {channels} channels, {side}x{side}, kernel {kernel}x{kernel}"
        flops = images * conv(channels, channels, kernel, side)
        yield Product(
            "convolution", size, flops, ((images, channels, side, side), (channels, channels, kernel, kernel))
        )


def precisions(torch: Any, device: str) -> list[Precision]:
    """What the device multiplies in, of what contenders compute in."""
    if device == "cpu":
        return ["fp32", "bf16"]
    ampere = torch.cuda.get_device_capability()[0] >= 8
    return ["fp32", "tf32", "bf16"] if ampere else ["fp32"]


def measure(arguments: argparse.Namespace, emit: Emitter) -> int:
    """Time everything and tell it."""
    torch, device = _torch(arguments.device), arguments.device
    keep_freed_memory()
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    torch.backends.cudnn.benchmark = True
    emit(
        {
            "event": "library",
            "library": "torch",
            "versions": {"torch": torch.__version__, "cuda": torch.version.cuda or "none"},
            "threads": torch.get_num_threads(),
        }
    )
    with foreign_use() as use, torch.no_grad():
        for precision in precisions(torch, device):
            _time_products(torch, precision, arguments, emit)
    emit({"event": "finished", "foreign_share": use.share(usable_cores())})
    return 0


def _time_products(torch: Any, precision: Precision, arguments: argparse.Namespace, emit: Emitter) -> None:
    device = arguments.device
    synchronize = torch.cuda.synchronize if device == "cuda" else _nothing
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    reached: dict[Operation, float] = {}
    for product in products(device):
        if product.flops > _LONGEST * reached.get(product.operation, float("inf")):
            continue
        rates = time_windows(_work(torch, product, precision, device), synchronize, arguments.seconds)
        windows = [product.flops * rate for rate in rates]
        reached[product.operation] = max(windows)
        told = {"operation": product.operation, "size": product.size, "flops": product.flops}
        emit({"event": "rate", "precision": precision, "windows": windows, **told})


def _torch(device: str) -> Any:
    """torch, if it is there and sees the device."""
    try:
        torch = importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise BadInput(
            f"Calibration multiplies with torch, and the package '{error.name}' is not installed: "
            f"install it with {ENGINES['torch'].how_to_install}."
        ) from error
    if device == "cuda" and not torch.cuda.is_available():
        raise BadInput("There is a GPU that torch does not see: use --device cpu, or mend the driver.")
    return torch


def _work(torch: Any, product: Product, precision: Precision, device: str) -> Callable[[], object]:
    """What multiplies the product once."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(shape, generator=generator).to(device, dtype) for shape in product.factors)
    if product.operation == "gemm":
        return lambda: a @ b
    a, b = (each.to(memory_format=torch.channels_last) for each in (a, b))
    return lambda: torch.conv2d(a, b, padding=b.shape[-1] // 2)


def _nothing() -> None:
    """On the CPU a product is computed when its call returns."""


def main() -> int:
    """Run the process; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration.measure")
    parser.add_argument("--device", choices=("cpu", "cuda"), required=True)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    return report(lambda emit: measure(arguments, emit))


if __name__ == "__main__":
    raise SystemExit(main())
