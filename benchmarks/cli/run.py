"""`ganbench run`: from the command line's options to cells, their records, and the table at the end."""

from __future__ import annotations

import signal
import sys

from benchmarks.cli.chosen import InterruptedRunError, MatrixOptions, interrupt
from benchmarks.cli.executors import choose_executor
from benchmarks.cli.tables import show, show_results
from benchmarks.cli.views import PlainView, make_view
from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from benchmarks.matrix.plan import plan_rows
from benchmarks.parity.proofs import prove
from benchmarks.report.folder import ReportFolder
from benchmarks.report.gathered import gather
from benchmarks.results.changed import refuse_changed
from benchmarks.results.records import Proof
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.attempts import Policy
from benchmarks.running.executor import Executor
from benchmarks.running.repeats import repeat_cells
from benchmarks.running.runner import WAITING, Outcome, run_cells
from common.data.loading import load_dataset
from common.data.raw import NotThere
from common.specs.cell import Cell


def run_matrix(options: MatrixOptions) -> int:
    """Run the matrix; returns the exit code: 0, or 1 if a cell or a repetition failed or diverged, or a proof does not
    hold.

    Raises:
        BadInput: the matrix, an option, a data set, the run folder or the executor cannot be used; the folder has the
            same trainings with other settings.
        GanbenchError: the disk is full, or the report cannot be made.
        InterruptedRunError: the user (Ctrl-C) or the system (SIGTERM) ended the run; what was done is kept.
    """
    chosen, common, executor = choose_executor(options)
    cells, run = chosen.cells, chosen.run
    if options.dry_run:
        show(plan_rows(cells, run, options.data_dir, options.cache_dir), options.as_json)
        return 0
    if not options.beside:
        refuse_changed(run, chosen.all_cells)
    # a folder that cannot be written is found before any work; every shard lists all cells, so that several may write
    # the list at once
    run.open(chosen.all_cells, chosen.aims)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with make_view(len(cells), to_stderr=options.as_json) as view:
            _prepare_data(cells, options, view)
            proofs = _prove(cells, run, options, chosen.devices[0], executor, view) if options.prove else {}
            policy = _policy(options)
            outcomes = run_cells(cells, run, executor, common.scorer(), view, policy, proofs)
            repeated = repeat_cells(cells, run, options.processes, executor, view, policy.seconds)
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


def _prove(
    cells: list[Cell], run: RunFolder, options: MatrixOptions, device: str, executor: Executor, view: PlainView
) -> dict[str, Proof]:
    """The proofs of the cells, by id; climbing needs the device for itself, as timing does."""
    with executor.held(lambda: view.note(WAITING)):
        places = (options.data_dir, options.cache_dir)
        proofs = prove(cells, run, device, *places, say=view.note)
    for reason in dict.fromkeys(proof.reason for proof in proofs.values() if proof.reason is not None):
        view.note(reason)
    return proofs


def _policy(options: MatrixOptions) -> Policy:
    return Policy(
        None if options.cell_timeout is None else 60.0 * options.cell_timeout, options.retries, options.keep_checkpoints
    )


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
