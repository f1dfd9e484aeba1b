"""The worker: one process that trains one cell with one framework and reports by events on its standard output.

Whatever a framework prints goes to stderr, so that only events reach the parent. Exit codes: 0 finished, 2 bad input,
3 diverged, 4 out of memory; anything else is a crash, whose traceback the parent finds in the cell's stderr.log.
"""

from __future__ import annotations

import argparse
import time
import traceback
from pathlib import Path

from benchmarks.machine.environment import collect_environment
from benchmarks.machine.events import Emitter, end_now, report
from benchmarks.machine.locks import wait_for_quiet
from benchmarks.machine.memory import ran_out
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import DataUsed, Training, WorkerResult
from benchmarks.running.engines import build_engine, choose_compiler_cache
from benchmarks.running.recording import DIVERGED_CODE, OUT_OF_MEMORY_CODE
from benchmarks.training.data import open_data
from common.data.cache import cache_root
from common.errors import GanbenchError
from common.files import write_text


def work(arguments: argparse.Namespace, emit: Emitter) -> int:
    """Train the cell in `arguments.folder` and leave result.json there; returns the exit code.

    Raises:
        GanbenchError: the cell, its data or its engine cannot be used.
    """
    folder = CellFolder(arguments.folder)
    cell = folder.cell()
    emit({"event": "started", "cell": cell.label})
    dataset, shape = open_data(cell, arguments.data_dir, arguments.cache_dir)
    choose_compiler_cache(cell.engine, cache_root(arguments.cache_dir) / "compiled" if arguments.untimed else None)
    engine = build_engine(cell, shape, arguments.threads)
    from benchmarks.training.epoch import DivergedError
    from benchmarks.training.loop import TrainingLoop

    def save(training: Training, path: Path) -> None:
        training.hardware.device_index = arguments.device_index
        data = DataUsed(
            name=cell.dataset,
            split=dataset.split,
            images=len(dataset),
            sha256=dataset.sha256,
            variant=dataset.manifest.variant,
        )
        result = WorkerResult(training=training, environment=collect_environment(), data=data)
        write_text(path, result.model_dump_json(indent=1) + "\n")

    startup_seconds = None if arguments.untimed else time.monotonic() - arguments.launched_at
    if arguments.hold is not None:
        wait_for_quiet(arguments.hold)
    loop = TrainingLoop(cell, engine, dataset, shape, folder, emit, startup_seconds)
    try:
        training = loop.run()
    except DivergedError as error:
        save(loop.summary(), folder.diverged_file)
        emit({"event": "diverged", "epoch": error.epoch, "iteration": error.iteration, "reason": error.reason})
        return DIVERGED_CODE
    save(training, folder.result_file)
    emit({"event": "finished"})
    return 0


def work_in_memory(arguments: argparse.Namespace, emit: Emitter) -> int:
    """`work`, which says so if memory ran out, the host's or the device's."""
    try:
        return work(arguments, emit)
    except GanbenchError:
        raise
    except Exception as error:
        if not ran_out(error):
            raise
        traceback.print_exc()
        first = next(iter(str(error).strip().splitlines()), "")
        emit(
            {"event": "out of memory", "reason": f"{type(error).__name__}: {first}" if first else type(error).__name__}
        )
        return OUT_OF_MEMORY_CODE


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The worker's command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.running.worker", description="Trains one cell.")
    parser.add_argument("folder", type=Path, help="the cell's folder, with its cell.json")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    parser.add_argument("--threads", type=int, help="CPU threads of the framework; its own choice by default")
    parser.add_argument("--untimed", action="store_true", help="record no times: other cells are trained meanwhile")
    parser.add_argument("--hold", type=Path, help="a file: wait before the training until nobody has it locked")
    parser.add_argument("--device-index", type=int, help="the GPU's number on this machine, for the record")
    parser.add_argument(
        "--launched-at",
        type=float,
        default=time.monotonic(),
        help="the system's monotonic clock when this process was launched: where the start-up account begins",
    )
    return parser.parse_args(argv)


def main() -> int:
    """Run the worker; the exit code."""
    arguments = parse_arguments()
    return report(lambda emit: work_in_memory(arguments, emit))


if __name__ == "__main__":
    end_now(main())
