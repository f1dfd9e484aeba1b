"""What the user chose of a matrix on the command line, and the cells that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from benchmarks.matrix.expand import Selection, chosen_aims, chosen_devices, expand, parse_settings
from benchmarks.matrix.file import Matrix, load_matrix
from benchmarks.matrix.shard import deal, parse_shard
from benchmarks.results.aims import Aims
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell


class InterruptedRunError(GanbenchError):
    """What was run was ended from outside (exit 130, as shells expect)."""

    exit_code = 130


@dataclass(frozen=True)
class MatrixOptions:
    """What commands that run a matrix have in common; see `ganbench run --help`."""

    matrix: str
    out: Path | None = None
    models: tuple[str, ...] | None = None
    engines: tuple[str, ...] | None = None
    datasets: tuple[str, ...] | None = None
    seeds: tuple[str, ...] | None = None
    settings: tuple[str, ...] = ()
    data_dir: Path | None = None
    cache_dir: Path | None = None
    device: str | None = None
    threads: int | None = None
    untimed: bool = False
    prove: bool = False
    jobs: int = 1
    shard: str | None = None
    executor: str = "local"
    address: str | None = None
    needs: str | None = None
    share: bool = True
    cell_timeout: float | None = None
    retries: int = 1
    keep_checkpoints: bool = False
    beside: bool = False
    processes: int = 1
    dry_run: bool = False
    as_json: bool = False


@dataclass(frozen=True)
class Chosen:
    """The cells of a matrix, which of them are this run's, what they are to decide, the devices they are trained on
    ("cpu", "cuda:<index>"), and the folder they go to."""

    matrix: Matrix
    aims: Aims
    all_cells: list[Cell]
    cells: list[Cell]
    devices: tuple[str, ...]
    run: RunFolder


def choose(options: MatrixOptions) -> Chosen:
    """Read the matrix and expand it.

    Raises:
        BadInput: the matrix or an option cannot be used.
    """
    matrix, selection = load_matrix(options.matrix), _selection(options)
    run = RunFolder((options.out or Path("runs") / matrix.name).absolute())
    aims = chosen_aims(matrix, selection)
    cells = expand(matrix, selection)
    mine = cells if options.shard is None else deal(cells, parse_shard(options.shard))
    return Chosen(matrix, aims, cells, mine, chosen_devices(matrix, selection), run)


def interrupt(number: int, frame: FrameType | None) -> None:
    """A signal handler: the system's wish to end is obeyed like Ctrl-C."""
    raise KeyboardInterrupt


def _selection(options: MatrixOptions) -> Selection:
    try:
        seeds = None if options.seeds is None else tuple(int(seed) for seed in options.seeds)
    except ValueError as error:
        raise BadInput(
            f"--seeds {','.join(options.seeds or ())}: seeds are whole numbers, as in --seeds 0,1,2."
        ) from error
    return Selection(
        models=options.models,
        engines=options.engines,
        datasets=options.datasets,
        seeds=seeds,
        device=options.device,
        settings=parse_settings(options.settings),
    )


def choose_elsewhere(options: MatrixOptions, kind: str) -> Chosen:
    """As `choose`, for devices of `kind`, "cpu" or "cuda", of other machines.

    Raises:
        BadInput: the matrix or an option cannot be used.
    """
    chosen = choose(replace(options, device="cpu"))  # this machine need not have such a device

    def there(cells: list[Cell]) -> list[Cell]:
        return [cell.model_copy(update={"device": kind}) for cell in cells]

    return replace(chosen, all_cells=there(chosen.all_cells), cells=there(chosen.cells), devices=(kind,))
