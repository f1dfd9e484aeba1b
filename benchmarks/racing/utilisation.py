"""Which share of what its device reaches a contender uses."""

from __future__ import annotations

from benchmarks.calibration.record import Rate
from benchmarks.racing.record import RaceRecord, Start
from benchmarks.results.rows import Row
from common.specs.engines import Precision


def utilisation(record: RaceRecord, start: Start | None, precision: Precision, rate: float | None) -> Row:
    """The columns about work per second.

    Args:
        record: of the race, with the calibrations of its machine.
        start: of the contender.
        precision: that it computes in.
        rate: its iterations per second.

    Returns:
        gflops_per_second; peak_share, of the fastest product that was measured in this precision; and peak_reason, why
        there is none.
    """
    row: Row = {"gflops_per_second": None, "peak_share": None, "peak_reason": ""}
    if start is None or rate is None:
        return row | {"peak_reason": "it was not timed"}
    if start.iteration_flops is None:
        return row | {"peak_reason": "its network family does not tell its layers"}
    row["gflops_per_second"] = start.iteration_flops * rate / 1e9
    peak, why = _peak(record, start, precision)
    if peak is None:
        return row | {"peak_reason": why}
    return row | {"peak_share": start.iteration_flops * rate / peak.flops_per_second}


def _peak(record: RaceRecord, start: Start, precision: Precision) -> tuple[Rate | None, str]:
    """The fastest product of the newest calibration that fits, or why there is none."""
    if not record.calibrations:
        return None, "this device is not calibrated: ganbench calibrate"
    fitting = record.calibrations
    if record.gpu is None:
        threads = start.threads or record.host.cores  # 0: every core
        fitting = [each for each in fitting if each.threads == threads]
        if not fitting:
            return None, f"not calibrated with {threads} threads: ganbench calibrate --threads {threads}"
    torch = record.environment.versions.get("torch")  # where Keras has an environment of its own there is none
    fitting = [each for each in fitting if torch is None or _public(each.versions.get("torch", "")) == _public(torch)]
    if not fitting:
        return None, f"calibrated with another torch than {torch}: ganbench calibrate"
    best = fitting[0].best(precision)
    return best, "" if best else f"calibrate measures no {precision} here"


def _public(version: str) -> str:
    """Without the name of a build: torch calls itself 2.14.1+cu130, its package is 2.14.1."""
    return version.partition("+")[0]
