"""The runner against workers that crash, diverge, hang, lie, talk nonsense and come back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from benchmarks.results.records import Proof, Repeat
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell
from common.specs.judge import JudgeSpec
from tests.benchmarks.running.fake_runs import Log, commands, run


def test_finished_cells_have_whole_records_and_are_skipped_the_next_time(cells: list[Cell], tmp_path: Path) -> None:
    out, log = tmp_path / "run", Log()
    outcomes = run(cells, out, commands(), log)
    assert [outcome.good for outcome in outcomes] == [True, True]
    assert log.events == {number: ["started", "epoch", "finished", "scoring"] for number in (1, 2)}
    record = RunFolder(out).of(cells[0]).record()
    assert record is not None
    assert (record.status, record.cell, record.id) == ("finished", cells[0], cells[0].id)
    assert record.metrics["fid"].value == 12.5
    assert record.training is not None
    assert record.training.clocks.epochs[0].train_seconds == 2.0
    assert RunFolder(out).cells() == cells
    again = Log()
    outcomes = run(cells, out, commands("crash"), again)
    assert again.begun == []
    assert [outcome.skipped and outcome.good for outcome in outcomes] == [True, True]


def test_crash_is_recorded_with_the_last_lines_of_stderr_and_stops_no_other_cell(
    cells: list[Cell], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    outcomes = run(cells, out, commands(lambda folder: "crash" if "torch" in folder.name else "well"))
    assert [outcome.record.status for outcome in outcomes] == ["failed", "finished"]
    reason = outcomes[0].record.reason
    assert reason is not None
    assert "exit code 1" in reason
    assert reason.endswith("ZeroDivisionError: the network exploded")
    assert "exploded" in RunFolder(out).of(cells[0]).stderr_file.read_text()


def test_failed_cells_are_tried_again(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = run(cells[:1], out, commands("resume"))
    second = run(cells[:1], out, commands("resume"))
    assert (first[0].record.status, second[0].record.status) == ("failed", "finished")
    events = RunFolder(out).of(cells[0]).events_file.read_text().splitlines()
    assert [json.loads(line)["event"] for line in events] == ["started", "epoch", "started", "epoch", "finished"]


def test_stderr_of_an_earlier_attempt_is_not_blamed(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(cells[:1], out, commands("crash"))
    outcome = run(cells[:1], out, commands("resume"))[0]
    assert outcome.record.reason == "The process ended with exit code 1. It wrote nothing to stderr."


def test_signal_is_named(cells: list[Cell], tmp_path: Path) -> None:
    outcome = run(cells[:1], tmp_path / "run", commands("segfault"))[0]
    assert outcome.record.status == "failed"
    assert "SIGSEGV" in str(outcome.record.reason)


def test_sentence_of_the_worker_is_the_reason(cells: list[Cell], tmp_path: Path) -> None:
    outcome = run(cells[:1], tmp_path / "run", commands("bad-input"))[0]
    assert (outcome.record.status, outcome.record.reason) == ("failed", "The data folder is empty.")


def test_diverged_cell_keeps_its_epoch_and_measurements_and_is_not_repeated(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    outcome = run(cells[:1], out, commands("diverge"))[0]
    record = RunFolder(out).of(cells[0]).record()
    assert record is not None
    assert (record.status, record.diverged_in_epoch) == ("diverged", 2)
    assert "epoch 2, iteration 3: the generator loss became nan" in str(record.reason)
    assert str(record.training and record.training.losses["generator"]) == "[nan]"
    assert not outcome.good
    again = run(cells[:1], out, commands("well"))[0]
    assert (again.skipped, again.good, again.record.status) == (True, False, "diverged")


def test_worker_that_ends_well_without_a_result_has_failed(cells: list[Cell], tmp_path: Path) -> None:
    outcome = run(cells[:1], tmp_path / "run", commands("lie"))[0]
    assert outcome.record.status == "failed"
    assert "no valid result.json of this version" in str(outcome.record.reason)


def test_garbage_on_stdout_is_kept_apart_from_events(cells: list[Cell], tmp_path: Path) -> None:
    out, log = tmp_path / "run", Log()
    assert run(cells[:1], out, commands("garbage"), log)[0].good
    assert log.events == {1: ["started", "epoch", "finished", "scoring"]}
    stderr = RunFolder(out).of(cells[0]).stderr_file.read_bytes()
    assert b"greeting" in stderr
    assert b'{"no": "event"}' in stderr
    assert b"\xff\xfe not text" in stderr


def test_descendant_that_keeps_the_pipe_open_does_not_block(cells: list[Cell], tmp_path: Path) -> None:
    began = time.monotonic()
    assert run(cells[:1], tmp_path / "run", commands("orphan-keeps-pipe"))[0].good
    assert time.monotonic() - began < 30


def test_failed_scoring_is_repeated_without_training_again(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = run(cells[:1], out, commands(scorer="crash"))[0]
    assert (first.record.status, first.good) == ("finished", False)
    assert "no room for features" in str(first.record.metrics_reason)
    log = Log()
    second = run(cells[:1], out, commands("crash"), log)[0]
    assert second.good
    assert log.events == {1: ["scoring"]}


def test_scorer_stays_and_one_that_crashes_costs_one_cell(cells: list[Cell], tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(cells, whole, commands())
    (served,) = {(RunFolder(whole).of(cell).path / "scorer").read_text() for cell in cells}
    assert int(served) not in (os.getpid(), *psutil.pids())  # one process for both, which has ended
    outcomes = run(cells, broken, commands(scorer="crash once"))
    assert [outcome.good for outcome in outcomes] == [False, True]
    assert str(outcomes[0].record.metrics_reason).endswith("MemoryError: no room for features")


def test_cell_is_scored_while_the_next_one_starts_and_before_anything_of_it_is_timed(
    cells: list[Cell], tmp_path: Path
) -> None:
    """The second worker is up before the first cell is scored, and waits until it is."""
    out = tmp_path / "run"
    assert all(outcome.good for outcome in run(cells, out, commands("patient", scorer="slow")))
    first, second = (RunFolder(out).of(cell).path for cell in cells)
    up, timed = (float(text) for text in (second / "times").read_text().split())
    scored = float((first / "scored at").read_text())
    assert up < scored <= timed


def test_several_jobs_train_at_once_and_one_that_fails_stops_no_other(cells: list[Cell], tmp_path: Path) -> None:
    assert all(outcome.good for outcome in run(cells, tmp_path / "run", commands("meet"), jobs=2))
    mixed = commands(lambda folder: "crash" if "torch" in folder.name else "well")
    outcomes = run(cells, tmp_path / "mixed", mixed, jobs=2)
    assert [(outcome.cell, outcome.record.status) for outcome in outcomes] == [
        (cells[0], "failed"),
        (cells[1], "finished"),
    ]


def test_another_judge_scores_again_without_training_again(cells: list[Cell], tmp_path: Path) -> None:
    out, log = tmp_path / "run", Log()
    run(cells[:1], out, commands())
    other = cells[0].model_copy(update={"judge": JudgeSpec(metrics=("kid",), k=7)})
    assert RunFolder(out).of(other).path == RunFolder(out).of(cells[0]).path
    outcome = run([other], out, commands("crash"), log)[0]
    assert outcome.good
    assert not outcome.skipped
    assert log.events == {1: ["scoring"]}
    folder = RunFolder(out).of(other)
    assert (folder.path / "scored").read_text() == "xx"
    record = folder.record()
    assert record is not None
    assert outcome.record.cell.judge == record.cell.judge == other.judge
    assert folder.cell() == other  # what the scorer reads
    assert RunFolder(out).cells() == [other]
    assert run([other], out, commands("crash"))[0].skipped


def test_what_is_not_proven_is_not_trained_and_what_is_says_so(
    cells: list[Cell], tmp_path: Path, make_proof: Callable[..., Proof]
) -> None:
    out, reason = tmp_path / "run", "torch eager and keras-tf graph are not equal."
    proofs = {cells[0].id: make_proof(), cells[1].id: make_proof(3e-4, held=False, reason=reason)}
    outcomes = run(cells, out, commands(), log := Log(), proofs=proofs)
    assert [(each.good, each.record.status) for each in outcomes] == [(True, "finished"), (False, "failed")]
    assert [each.record.proof for each in outcomes] == list(proofs.values())
    assert outcomes[1].record.reason == f"Not trained: {reason} Without --prove it is trained."
    assert 2 not in log.events
    assert RunFolder(out).of(cells[1]).record() == outcomes[1].record
    (again,) = run(cells[1:], out, commands())  # no proof is asked for
    assert (again.good, again.record.proof) == (True, None)


def test_a_proof_is_added_to_a_record_and_stays_with_repeats_when_only_scores_are_new(
    cells: list[Cell], tmp_path: Path, make_proof: Callable[..., Proof]
) -> None:
    out, proof = tmp_path / "run", make_proof()
    run(cells[:1], out, commands())
    (settled,) = run(cells[:1], out, commands("crash"), proofs={cells[0].id: proof})
    assert (settled.skipped, settled.good) == (True, True)
    folder, training = RunFolder(out).of(cells[0]), settled.record.training
    assert training is not None
    assert training.clocks is not None
    repeat = Repeat(clocks=training.clocks, hardware=training.hardware, same_weights=True)
    folder.save_record(settled.record.model_copy(update={"repeats": [repeat]}))
    judged = cells[0].model_copy(update={"judge": JudgeSpec(metrics=("fid",))})
    run([judged], out, commands("crash"))
    record = folder.record()
    assert record is not None
    assert (record.cell.judge, record.proof, record.repeats) == (judged.judge, proof, [repeat])


def test_what_was_trained_before_its_proof_failed_is_no_good(
    cells: list[Cell], tmp_path: Path, make_proof: Callable[..., Proof]
) -> None:
    run(cells[:1], tmp_path / "run", commands())
    (outcome,) = run(cells[:1], tmp_path / "run", commands(), proofs={cells[0].id: make_proof(held=False)})
    assert (outcome.good, outcome.record.status) == (False, "finished")


def test_data_set_without_a_judge_is_finished_without_scores(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    outcome = run(cells[:1], out, commands(scorer="nothing"))[0]
    assert outcome.good
    assert (outcome.record.metrics, outcome.record.metrics_reason) == ({}, "No extractor fits.")
    assert run(cells[:1], out, commands())[0].skipped


def test_second_matrix_in_the_same_folder_adds_its_cells(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(cells[1:], out, commands())
    run(cells, out, commands())
    assert RunFolder(out).cells() == [cells[1], cells[0]]


def test_unusable_run_folder_is_bad_input(cells: list[Cell], tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(BadInput, match="run folder cannot be used"):
        run(cells, blocked / "run", commands())
    other = tmp_path / "other"
    other.mkdir()
    (other / "matrix.json").write_text('{"something": "else"}')
    with pytest.raises(BadInput, match="not written by this version"):
        run(cells, other, commands())
    assert (other / "matrix.json").read_text() == '{"something": "else"}'


def test_full_disk_is_one_sentence_and_leaves_no_process(cells: list[Cell], tmp_path: Path) -> None:
    out = tmp_path / "run"
    folder = RunFolder(out).of(cells[0])
    folder.create(cells[0])
    folder.events_file.symlink_to("/dev/full")
    with pytest.raises(GanbenchError, match="No space left on device"):
        run(cells[:1], out, commands())
    assert folder.record() is None


def test_nearly_full_disk_is_found_before_any_work(cells: list[Cell], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.running.runner.shutil.disk_usage", lambda path: SimpleNamespace(free=50 * 2**20))
    log = Log()
    with pytest.raises(BadInput, match="Only 50 MB are free"):
        run(cells, tmp_path / "run", commands(), log)
    assert log.events == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_run_folder_is_bad_input(cells: list[Cell], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="run folder cannot be used"):
        run(cells, tmp_path / "run", commands())
