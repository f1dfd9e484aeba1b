"""What a cell will cost, from what others cost: trainings and races that were timed, or a calibration and FLOPs.

An estimate takes the seconds of an iteration over from the observations that are nearest: the same cell, else the same
model on the same engine, else the same engine, else the same model, else any on the same kind of device. An iteration
with more FLOPs is taken for slower in proportion; one with fewer is not taken for faster, since below some size a
framework's own overhead is what counts. So estimates rather err on the long side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calibration.record import Calibration
from benchmarks.matrix.work import Work, work_of
from benchmarks.racing.record import RaceRecord, load_race, load_races
from benchmarks.racing.rows import race_rows
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RACES, RunFolder
from benchmarks.results.statistics import median
from common.errors import BadInput
from common.specs.cell import Cell


@dataclass(frozen=True)
class Observation:
    """A cell that was timed.

    Attributes:
        iteration_seconds: of a typical iteration, with what else an epoch takes (data, samples, checkpoints).
        iteration_flops: of the same; None where they cannot be counted.
        fixed_seconds: start-up, compilation and the last samples, which come once.
        kept_bytes: what its folder holds beside samples; None where there is no folder.
    """

    cell: Cell
    iteration_seconds: float
    iteration_flops: float | None
    fixed_seconds: float
    kept_bytes: int | None = None


@dataclass(frozen=True)
class Cost:
    """Seconds of a cell from the start of its process to its last sample; `basis` says what they rest on."""

    seconds: float
    basis: str
    kept_bytes: int | None = None


def observations(folders: Sequence[Path]) -> list[Observation]:
    """What was timed in runs, and in races below `races/` of any folder.

    Raises:
        BadInput: nothing was, or a damaged record.
    """
    found: list[Observation] = []
    for folder in folders:
        run = RunFolder(folder)
        for _, record in run.recorded():
            found += _of_record(record, run)
        # a visit to a GPU (benchmarks.perf.gpu) keeps its races without folders
        alone = [load_race(path) for path in sorted(folder.glob(f"{RACES}/*.json"))]
        for race in [*load_races(run), *filter(None, alone)]:
            found += _of_race(race)
    if not found:
        places = ", ".join(map(str, folders))
        raise BadInput(f"Nothing was timed in {places}: give folders that `ganbench run` or `ganbench race` wrote.")
    return found


def cost_from(known: Sequence[Observation]) -> Callable[[Cell], Cost]:
    """Costs by observations.

    Returns:
        A function of a cell. It raises BadInput where nothing was observed on the cell's kind of device, or where the
        number of its images is not known.
    """

    def cost(cell: Cell) -> Cost:
        here = [each for each in known if each.cell.device == cell.device]
        if not here:
            raise BadInput(f"Nothing was timed on the device '{cell.device}' there: give another run with --from.")
        basis, nearest = next((name, near) for name, near in _nearest(here, cell) if near)
        work = _work(cell)
        each = median([_iteration_seconds(one, work) for one in nearest])
        kept = [one.kept_bytes for one in nearest if one.kept_bytes is not None]
        fixed = median([one.fixed_seconds for one in nearest])
        return Cost(fixed + work.iterations * each, basis, max(kept, default=None))

    return cost


def cost_from_calibration(calibration: Calibration, share: float) -> Callable[[Cell], Cost]:
    """Costs by FLOPs: those of the training at `share` of the fastest product of its precision. Nothing else counts.

    Returns:
        A function of a cell. It raises BadInput where FLOPs cannot be counted or the precision was not calibrated.
    """

    def cost(cell: Cell) -> Cost:
        peak, work = calibration.best(cell.precision), _work(cell)
        if peak is None:
            raise BadInput(f"The calibration has no {cell.precision}: calibrate again, or give a run with --from.")
        if work.flops is None:
            raise BadInput(f"The FLOPs of {cell.model.name} cannot be counted: give a run with --from.")
        return Cost(work.flops / (share * peak.flops_per_second), "FLOPs")

    return cost


def _nearest(known: Sequence[Observation], cell: Cell) -> list[tuple[str, list[Observation]]]:
    """Observations from the nearest to the farthest."""
    model = [each for each in known if each.cell.model.name == cell.model.name]
    engine = [each for each in known if each.cell.contender == cell.contender]
    return [
        ("the same cell", [each for each in known if each.cell.id == cell.id]),
        ("the same model and engine", [each for each in model if each in engine]),
        ("the same engine", engine),
        ("the same model", model),
        ("the same kind of device", list(known)),
    ]


def _iteration_seconds(known: Observation, work: Work) -> float:
    if known.iteration_flops is None or work.flops is None:
        return known.iteration_seconds
    return known.iteration_seconds * max(1.0, work.flops / work.iterations / known.iteration_flops)


def _work(cell: Cell) -> Work:
    work = work_of(cell)
    if work is None:
        raise BadInput(f"It is not known how many images {cell.dataset} has: say how many by training.max_images.")
    return work


def _of_record(record: Record, run: RunFolder) -> list[Observation]:
    """The record's observation; none without times."""
    training = record.training
    if record.status != "finished" or training is None or training.clocks is None or record.data is None:
        return []
    clocks, work = training.clocks, work_of(record.cell, record.data.images)
    if work is None:
        return []
    fixed = clocks.startup_seconds + clocks.compile_seconds + clocks.final_sampling_seconds
    seconds = sum(
        each.train_seconds + each.data_wait_seconds + each.sampling_seconds + each.checkpoint_seconds
        for each in clocks.epochs
    )
    flops = None if work.flops is None else work.flops / work.iterations
    return [Observation(record.cell, seconds / work.iterations, flops, fixed, _kept_bytes(run.of(record.cell)))]


def _of_race(race: RaceRecord) -> list[Observation]:
    cells = {entry.name: entry.cell for entry in race.entries if not entry.control}
    found = []
    for row in race_rows(race):
        if row["contender"] in cells and row["iterations_per_second"]:
            seconds, gflops = 1.0 / row["iterations_per_second"], row["gflops_per_second"]
            fixed = (row["startup_seconds"] or 0.0) + (row["compile_seconds"] or 0.0)
            flops = _flops(cells[row["contender"]]) if gflops is None else gflops * 1e9 * seconds
            found.append(Observation(cells[row["contender"]], seconds, flops, fixed))
    return found


def _flops(cell: Cell) -> float | None:
    work = work_of(cell)
    return None if work is None or work.flops is None else work.flops / work.iterations


def _kept_bytes(folder: CellFolder) -> int:
    """What lies in the folder of a cell: weights, checkpoints and pictures, but for arrays of samples."""
    return sum(path.stat().st_size for path in folder.path.rglob("*") if path.is_file() and path.suffix != ".npy")
