"""The views: what a run prints, with and without a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from benchmarks.cli.views import LiveView, Pace, PlainView, make_view, outcome_text, scores_text
from benchmarks.results.records import JudgedEpoch, Record
from benchmarks.running.runner import Outcome


def progress(epoch: int, iteration: int) -> dict:
    return {
        "event": "progress", "epoch": epoch, "epochs": 4, "iteration": iteration, "iterations": 10,
        "images_per_second": 812.3, "losses": {"discriminator": 0.7, "generator": 1.9},
    }  # fmt: skip


def end_of_epoch(epoch: int, epochs: int = 4) -> dict:
    return {
        "event": "epoch", "epoch": epoch, "epochs": epochs, "seconds": 2.5, "images_per_second": 800.0,
        "losses": {"discriminator": 0.7},
    }  # fmt: skip


def test_remaining_time_is_extrapolated_from_what_was_seen() -> None:
    pace = Pace()
    pace.update(progress(1, 5), now=100.0)
    assert pace.remaining is None
    pace.update(end_of_epoch(1), now=110.0)  # an eighth in 10 s, three quarters left
    assert pace.share == pytest.approx(0.25)
    assert pace.remaining == pytest.approx(60.0)
    pace.update(end_of_epoch(4), now=150.0)
    assert pace.remaining == pytest.approx(0.0)


def test_plain_lines(make_record: Callable[..., Record]) -> None:
    console = Console(file=io.StringIO(), width=60)
    record = make_record(scores={"fid": 12.34})
    view = PlainView(3, console)
    view.cell_begins(2, record.cell)
    view.event(2, progress(1, 5))
    view.event(2, end_of_epoch(1))
    view.cell_begins(3, record.cell)
    view.event(2, {"event": "scoring"})
    view.event(3, {"event": "unheard of"})
    view.cell_ends(2, Outcome(record.cell, record, skipped=False))
    view.cell_ends(3, Outcome(record.cell, record, skipped=True))
    assert console.file.getvalue().splitlines() == [
        "[2/3] dcgan on mnist-5k, torch (eager), seed 0",
        "[2/3]   epoch 1/4: 2.5 s, 800 images/s, discriminator 0.700, 0 s left",
        "[3/3] dcgan on mnist-5k, torch (eager), seed 0",
        "[2/3]   scoring",
        "[2/3] dcgan on mnist-5k, torch (eager), seed 0: finished: FID 12.3 (mnistnet)",
        "[3/3] dcgan on mnist-5k, torch (eager), seed 0: finished already: FID 12.3 (mnistnet)",
    ]


def test_long_trainings_are_thinned_out_in_plain_lines(make_record: Callable[..., Record]) -> None:
    console = Console(file=io.StringIO(), width=200)
    view = PlainView(1, console)
    view.cell_begins(1, make_record().cell)
    for epoch in range(1, 202):
        view.event(1, end_of_epoch(epoch, epochs=201))
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 22
    assert "epoch 201/201" in lines[-1]


def test_epoch_without_a_rate_is_shown(make_record: Callable[..., Record]) -> None:
    console = Console(file=io.StringIO(), width=200)
    view = PlainView(1, console)
    view.cell_begins(1, make_record().cell)
    view.event(1, {**end_of_epoch(1), "images_per_second": None})
    assert "- images/s" in console.file.getvalue()


def test_live_view_shows_cell_epoch_speed_losses_and_total(make_record: Callable[..., Record]) -> None:
    console = Console(file=io.StringIO(), width=140, force_terminal=True)
    record = make_record(scores={"fid": 12.34})
    with LiveView(2, console) as view:
        view.cell_begins(1, record.cell)
        view.cell_begins(2, record.cell)
        view.event(1, progress(2, 5))
        view.event(2, progress(3, 5))
        view._live.refresh()
        view.cell_ends(2, Outcome(record.cell, record, skipped=False))
        view.cell_ends(1, Outcome(record.cell, record, skipped=False))
    shown = console.file.getvalue()
    for text in (
        "epoch 2/4",
        "epoch 3/4",
        "2 of 2 cells",
        "812 images/s",
        "discriminator 0.700, generator 1.900",
        "FID 12.3 (mnistnet)",
    ):
        assert text in shown


def test_trouble_is_told_with_its_reason(make_record: Callable[..., Record]) -> None:
    diverged = make_record(status="diverged", reason="Diverged in epoch 3.")
    assert outcome_text(Outcome(diverged.cell, diverged, skipped=False)) == "diverged: Diverged in epoch 3."
    assert "delete its folder" in outcome_text(Outcome(diverged.cell, diverged, skipped=True))
    unscored = make_record(metrics_reason="No extractor fits.")
    assert outcome_text(Outcome(unscored.cell, unscored, False)) == "finished: without scores: No extractor fits."
    untimed = make_record(clocks=None, metrics_reason="No extractor fits.")
    assert outcome_text(Outcome(untimed.cell, untimed, True)).startswith("finished already, without times: ")
    partly = make_record(scores={"fid": 12.34}, metrics_reason="Class 9 is rare.")
    assert outcome_text(Outcome(partly.cell, partly, False)) == (
        "finished: FID 12.3 (mnistnet); left out: Class 9 is rare."
    )


def test_extractor_of_several_scores_is_named_once(make_record: Callable[..., Record]) -> None:
    record = make_record(scores={"inception_score": 6.0, "fid": 12.34})
    changed = {"name": "Count (all)", "extractor": None, "value": 30.0}
    record.metrics["count"] = record.metrics["fid"].model_copy(update=changed)
    assert scores_text(record) == "Inception Score 6, FID 12.3 (mnistnet); Count (all) 30"


def test_the_best_generator_is_told_beside_the_final_one(make_record: Callable[..., Record]) -> None:
    history = [JudgedEpoch(epoch=2, scores={"fid": 7.89}), JudgedEpoch(epoch=4, scores={"fid": 12.34})]
    record = make_record(scores={"fid": 12.34}, history=history, best_epoch=2)
    assert scores_text(record) == "FID 12.3 (mnistnet); best after epoch 2: FID 7.89"


def test_no_terminal_means_plain_lines() -> None:
    assert type(make_view(1)) is PlainView
