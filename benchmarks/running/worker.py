"""The worker: one process that trains one cell with one framework and reports by JSON lines on its standard output.

Whatever a framework prints goes to stderr, so that only events reach the parent. Exit codes: 0 finished, 2 bad input,
3 diverged; anything else is a crash, whose traceback the parent finds in the cell's stderr.log.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.machine.child import Event
from benchmarks.machine.environment import collect_environment
from benchmarks.results.folders import DIVERGED_FILE, RESULT_FILE, read_cell
from benchmarks.results.records import DataUsed, Training, WorkerResult
from common.data.loading import Dataset, load_dataset
from common.engine import Engine
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.specs.cell import Cell
from common.specs.networks import NetworkShape

DIVERGED_CODE = 3
# engine -> module, class, environment it needs before its framework is imported
_ENGINES: dict[str, tuple[str, str, dict[str, str]]] = {
    "torch": ("torch_impl.engine", "TorchEngine", {}),
    "keras-tf": ("keras_impl.engine", "KerasEngine", {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}),
    "keras-jax": ("keras_impl.engine", "KerasEngine", {"KERAS_BACKEND": "jax"}),
    "keras-torch": ("keras_impl.engine", "KerasEngine", {"KERAS_BACKEND": "torch"}),
}
# what `pip install ganbench[...]` installs for each engine
EXTRAS = {"torch": "torch", "keras-tf": "keras", "keras-jax": "keras,jax", "keras-torch": "keras,torch"}


class Emitter:
    """Writes events to what was standard output, and sends everything else that is printed there to stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def __call__(self, event: Event) -> None:
        """Send one event; a worker whose parent is gone ends here."""
        try:
            self._stream.write(json.dumps(event) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            print("The process that started this worker is gone: stopping.", file=sys.stderr, flush=True)
            os._exit(1)


def set_environment(engine: str) -> None:
    """Set what the framework of `engine` reads when it is imported."""
    os.environ.update(_ENGINES[engine][2])


def build_engine(cell: Cell, shape: NetworkShape, threads: int | None = None) -> Engine:
    """The engine of `cell`; imports its framework, and only that.

    Raises:
        BadInput: the framework is not installed.
    """
    module, name, _ = _ENGINES[cell.engine]
    set_environment(cell.engine)
    try:
        kind: Any = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise BadInput(
            f"Engine '{cell.engine}' needs the package '{error.name}': "
            f"install it with pip install 'ganbench[{EXTRAS[cell.engine]}]'."
        ) from error
    engine: Engine = kind(cell, shape, threads)
    return engine


def open_data(cell: Cell, data_dir: Path | None, cache_dir: Path | None) -> tuple[Dataset, NetworkShape]:
    """The training images of `cell` and the network shape that follows from them."""
    training = cell.training
    dataset = load_dataset(
        cell.dataset,
        image_size=training.image_size,
        resize=training.resize,
        data_dir=data_dir,
        cache_dir=cache_dir,
        max_images=training.max_images,
    )
    return dataset, NetworkShape.of(dataset.images.shape, len(dataset.manifest.classes))


def work(arguments: argparse.Namespace, emit: Emitter) -> int:
    """Train the cell in `arguments.folder` and leave result.json there; returns the exit code."""
    cell = read_cell(arguments.folder)
    emit({"event": "started", "cell": cell.label})
    dataset, shape = open_data(cell, arguments.data_dir, arguments.cache_dir)
    engine = build_engine(cell, shape, arguments.threads)
    from benchmarks.training.epoch import DivergedError
    from benchmarks.training.loop import TrainingLoop

    def save(training: Training, name: str) -> None:
        data = DataUsed(
            name=cell.dataset,
            split=dataset.split,
            images=len(dataset),
            sha256=dataset.sha256,
            variant=dataset.manifest.variant,
        )
        result = WorkerResult(training=training, environment=collect_environment(), data=data)
        write_text(arguments.folder / name, result.model_dump_json(indent=1) + "\n")

    startup_seconds = time.monotonic() - arguments.launched_at
    loop = TrainingLoop(cell, engine, dataset, arguments.folder, emit, startup_seconds)
    try:
        training = loop.run()
    except DivergedError as error:
        save(loop.summary(), DIVERGED_FILE)
        emit({"event": "diverged", "epoch": error.epoch, "iteration": error.iteration, "reason": error.reason})
        return DIVERGED_CODE
    save(training, RESULT_FILE)
    emit({"event": "finished"})
    return 0


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The worker's command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.running.worker", description="Trains one cell.")
    parser.add_argument("folder", type=Path, help="the cell's folder, with its cell.json")
    parser.add_argument("--data-dir", type=Path, help="where the data set's own files lie")
    parser.add_argument("--cache-dir", type=Path, help="where prepared data sets lie")
    parser.add_argument("--threads", type=int, help="CPU threads of the framework; its own choice by default")
    parser.add_argument(
        "--launched-at",
        type=float,
        default=time.monotonic(),
        help="the system's monotonic clock when this process was launched: where the start-up account begins",
    )
    return parser.parse_args(argv)


def main() -> int:
    """Run the worker; errors meant for the user become a `failed` event, all others a traceback on stderr."""
    arguments = parse_arguments()
    emit = Emitter()
    try:
        return work(arguments, emit)
    except GanbenchError as error:
        emit({"event": "failed", "reason": str(error)})
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
