"""`ganbench run`: from the command line's options to cells, their records, and the table at the end."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from benchmarks.cli.chosen import InterruptedRunError, MatrixOptions, choose, interrupt
from benchmarks.cli.tables import show, show_results
from benchmarks.cli.views import PlainView, make_view
from benchmarks.machine.child import run_child
from benchmarks.machine.environment import usable_cores
from benchmarks.machine.python import python_command
from benchmarks.matrix.plan import plan_rows
from benchmarks.report.folder import ReportFolder
from benchmarks.report.gathered import gather
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.repeats import repeat_cells
from benchmarks.running.runner import Commands, Outcome, run_cells
from common.data.loading import load_dataset
from common.data.raw import NotThere
from common.errors import BadInput
from common.specs.cell import Cell


def run_matrix(options: MatrixOptions) -> int:
    """Run the matrix; returns the exit code: 0, or 1 if a cell or a repetition failed or diverged.

    Raises:
        BadInput: the matrix, an option, a data set or the run folder cannot be used; several jobs that are timed;
            several processes that are not.
        GanbenchError: the disk is full, or the report cannot be made.
        InterruptedRunError: the user (Ctrl-C) or the system (SIGTERM) ended the run; what was done is kept.
    """
    if options.jobs > 1 and not options.untimed:
        raise BadInput(
            f"--jobs {options.jobs} trains cells side by side, and times are honest only alone: add --untimed, which "
            "records none."
        )
    if options.processes > 1 and options.untimed:
        raise BadInput(f"--processes {options.processes} repeats cells for their times, and --untimed records none.")
    chosen = choose(options)
    cells, device, run = chosen.cells, chosen.device, chosen.run
    if options.dry_run:
        show(plan_rows(cells, run, options.data_dir, options.cache_dir), options.as_json)
        return 0
    # a folder that cannot be written is found before any work; every shard lists all cells, so that several may write
    # the list at once
    run.open(chosen.all_cells, chosen.aims)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with make_view(len(cells), to_stderr=options.as_json) as view:
            _prepare_data(cells, options, view)
            commands = _commands(options, device)
            outcomes = run_cells(cells, run, commands, view, device, jobs=options.jobs)
            repeated = repeat_cells(cells, run, options.processes, commands, view, device)
            waiting = sum(not run.of(cell).record_file.exists() for cell in chosen.all_cells)
            if waiting:
                view.note(f"{waiting} cells of other shards have no record yet: the last shard writes the report")
            else:
                _report(run, view)
    except KeyboardInterrupt:
        raise InterruptedRunError("interrupted; the same command goes on where this one stopped.") from None
    _show_end(outcomes, run, options)
    return 0 if repeated and all(outcome.good for outcome in outcomes) else 1


def _prepare_data(cells: list[Cell], options: MatrixOptions, view: PlainView) -> None:
    """Make sure that every data set can be used before the first cell starts."""
    sets = dict.fromkeys((cell.dataset, cell.training.image_size, cell.training.resize) for cell in cells)
    for name, size, resize in sets:
        _prepare_split(name, size, resize, "train", options, view)
        try:
            _prepare_split(name, size, resize, "test", options, view)
        except NotThere:
            view.note(f"{name} has no test images, so its scores will have no real-against-real floor")


def _prepare_split(
    name: str, size: int, resize: str | None, split: str, options: MatrixOptions, view: PlainView
) -> None:
    said = False

    def say(done: int, total: int) -> None:
        nonlocal said
        if not said:
            view.note(f"Preparing {name} ({split}, {size} px): {total} images, once")
            said = True

    load_dataset(
        name,
        image_size=size,
        resize=resize,
        split=split,
        data_dir=options.data_dir,
        cache_dir=options.cache_dir,
        progress=say,
    )


def _commands(options: MatrixOptions, device: str) -> Commands:
    data = []
    if options.data_dir is not None:
        data += ["--data-dir", str(options.data_dir.absolute())]
    if options.cache_dir is not None:
        data += ["--cache-dir", str(options.cache_dir.absolute())]
    threads = options.threads or (max(1, usable_cores() // options.jobs) if options.jobs > 1 else None)
    share = [] if threads is None else ["--threads", str(threads)]
    place = [*share, *(["--untimed"] if options.untimed else [])]
    if device != "cpu":
        place += ["--device-index", device.partition(":")[2]]

    def worker(cell: Cell, folder: Path, hold: Path) -> list[str]:
        clock = [] if options.untimed else ["--launched-at", str(time.monotonic()), "--hold", str(hold)]
        arguments = [str(folder), *data, *place, *clock]
        return python_command("benchmarks.running.worker", *arguments, engine=cell.engine)

    return Commands(worker, python_command("benchmarks.scoring.process", *data, *share))


def _report(run: RunFolder, view: PlainView) -> None:
    """Build the report in a process of its own, so that this one stays small."""
    view.note("Writing the report")
    end = run_child(python_command("benchmarks.report", str(run.path)))
    end.check("The report could not be made (the records are safe).")


def _show_end(outcomes: list[Outcome], run: RunFolder, options: MatrixOptions) -> None:
    if options.as_json:
        ids = {outcome.cell.id for outcome in outcomes}
        records = [record for record in run.records() if record.id in ids] if ids else []  # a shard may have no cells
        show([record.model_dump(mode="json", exclude={"losses"}) for record in records], True)
        return
    if outcomes:
        show_results(gather([run]), ReportFolder(run.path))
    bad = [outcome for outcome in outcomes if not outcome.good]
    if bad:
        print(f"{len(bad)} of {len(outcomes)} cells have no full result: see above.", file=sys.stderr)
