"""The record of a calibration: every window that was timed, and the rates that follow from them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from benchmarks.machine.gpu import GpuIdentity
from benchmarks.machine.host import Host
from benchmarks.results.records import Positive, RecordPart
from benchmarks.results.rows import Row
from benchmarks.results.statistics import median
from common.specs.engines import Precision

SCHEMA = 1
Operation = Literal["gemm", "convolution"]


class Rate(RecordPart):
    """One product of one size, again and again.

    Attributes:
        size: in words, as in "2048 x 2048 x 2048".
        flops: of one product, 2 for a multiplication and its addition, however the library computes it.
        windows: FLOP/s of each window.
    """

    operation: Operation
    precision: Precision
    size: str
    flops: int = Field(ge=0, lt=10**30)
    windows: list[Positive] = Field(min_length=1)

    @property
    def flops_per_second(self) -> float:
        """The median window: a machine's bad moments do not count, nor do its lucky ones."""
        return median(self.windows)


class Calibration(RecordPart):
    """What one device reaches, by one library.

    Attributes:
        threads: that the library computed with on the CPU; None on a GPU, where they do not matter.
        library: what computed the products, "torch".
        versions: of the library and what it stands on.
        foreign_share: of the usable cores' time that others took meanwhile; None where the system does not tell.
    """

    schema_version: int = SCHEMA
    host: Host
    gpu: GpuIdentity | None = None
    threads: int | None = None
    library: str
    versions: dict[str, str]
    measured_at: str
    foreign_share: float | None = None
    rates: list[Rate]

    def best(self, precision: Precision, operation: Operation | None = None) -> Rate | None:
        """The fastest rate in `precision`, of any operation if none is named; None if it was not measured."""
        fitting = [rate for rate in self.rates if rate.precision == precision and operation in (None, rate.operation)]
        return max(fitting, key=lambda rate: rate.flops_per_second, default=None)

    def rows(self) -> list[Row]:
        """One row per product; `peak` marks the fastest of its precision."""
        return [
            {
                "operation": rate.operation, "precision": rate.precision, "size": rate.size,
                "gflops_per_second": rate.flops_per_second / 1e9,
                "slowest": min(rate.windows) / 1e9, "fastest": max(rate.windows) / 1e9, "windows": len(rate.windows),
                "peak": "peak" if rate is self.best(rate.precision) else "",
            }
            for rate in self.rates
        ]  # fmt: skip
