"""What `ganbench plan` does: estimates what a matrix takes on machines that need not be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calibration.store import stored_calibrations
from benchmarks.cli.chosen import MatrixOptions, choose_elsewhere
from benchmarks.cli.race import parse_share
from benchmarks.cli.tables import show
from benchmarks.cluster.costs import Cost, cost_from, cost_from_calibration, observations
from benchmarks.cluster.plan import plan_row
from benchmarks.machine.gpu import find_gpu
from benchmarks.machine.host import this_host
from common.errors import BadInput
from common.specs.cell import Cell


@dataclass(frozen=True)
class PlanOptions(MatrixOptions):
    """What the user asked for; see `ganbench plan --help`."""

    nodes: int = 1
    gpus: int = 0
    sources: tuple[Path, ...] = ()
    peak_share: str | None = None


def show_plan(options: PlanOptions) -> None:
    """Print the plan.

    Raises:
        BadInput: the matrix or an option cannot be used, or there is nothing to estimate from.
    """
    cells = choose_elsewhere(options, "cuda" if options.gpus else "cpu").cells
    show([plan_row(cells, options.nodes, options.gpus, _cost(options), options.untimed)], options.as_json)


def _cost(options: PlanOptions) -> Callable[[Cell], Cost]:
    if options.sources:
        return cost_from(observations(options.sources))
    if options.peak_share is None:
        raise BadInput(
            "There is nothing to estimate from: give a run of such cells with --from, or, of a calibrated machine, the "
            "share of its peak that trainings reach with --peak-share (`ganbench race` shows it)."
        )
    gpu = find_gpu("cuda:0") if options.gpus else None
    found = stored_calibrations(this_host(), gpu.identity() if gpu else None)
    if not found or (options.gpus and gpu is None):
        raise BadInput("This machine is not calibrated: run `ganbench calibrate` first, or give a run with --from.")
    return cost_from_calibration(found[0], parse_share("peak-share", options.peak_share))
