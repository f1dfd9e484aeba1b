"""Best generators and times to quality as quantities of a comparison, on records whose numbers are easy to follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.results.aims import Aims
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.comparison_page import comparison_page, page_notes
from benchmarks.results.mixing import check_alike
from benchmarks.results.reached import reached_epoch, time_to_quality
from benchmarks.results.records import JudgedEpoch, Record, Repeat
from benchmarks.results.speed import seconds_until
from common.errors import BadInput
from common.specs.judge import JudgeSpec


@pytest.fixture
def looked_at(make_record: Callable[..., Record]) -> Callable[..., Record]:
    def make(fids: dict[int, float], engine: str = "torch", seed: int = 0, second: float = 1.0, **more: Any) -> Record:
        """A record of four epochs of `second` each, with FIDs after some of them; recall is FID over 100."""
        history = [JudgedEpoch(epoch=n, scores={"fid": fid, "recall": fid / 100}) for n, fid in fids.items()]
        best = min(fids, key=lambda n: fids[n])
        return make_record(engine, seed, [second] * 4, history[-1].scores, history=history, best_epoch=best, **more)

    return make


Made = Callable[..., Record]


def test_a_threshold_is_reached_at_the_first_look_that_is_as_good(looked_at: Made) -> None:
    record = looked_at({1: 50.0, 2: 20.0, 3: 30.0, 4: 10.0})
    assert [reached_epoch(record, "fid", level) for level in (50.0, 49.9, 20.0, 19.0, 10.0, 9.9)] == [
        1,
        2,
        2,
        4,
        4,
        None,
    ]
    assert [reached_epoch(record, "recall", level) for level in (0.1, 0.5, 0.51)] == [1, 1, None]
    assert [time_to_quality(record, "fid", level) for level in (20.0, 9.0)] == [2.0, None]


def test_seconds_are_of_whole_epochs_and_of_all_phases(make_record: Made) -> None:
    record = make_record(seconds=[9.0, 2.0, 3.0])
    assert record.training is not None
    epochs = record.training.clocks.epochs
    epochs[0].timed_iterations, epochs[0].resolution, epochs[0].iterations = 9, 4, 10
    assert [seconds_until(record, epoch) for epoch in (1, 2, 3)] == pytest.approx([10.0, 12.0, 15.0])
    slower = record.training.clocks.model_copy(deep=True)
    for epoch in slower.epochs:
        epoch.train_seconds *= 4
    again = Repeat(clocks=slower, hardware=record.training.hardware, same_weights=True)
    assert seconds_until(record.model_copy(update={"repeats": [again]}), 2) == pytest.approx(24.0)
    epochs[1].timed_iterations = 0
    assert [seconds_until(record, epoch) is None for epoch in (0, 1, 2)] == [True, False, True]


def test_best_generators_are_compared_beside_final_ones(looked_at: Made) -> None:
    """Keras' best is 4 better though its end is 10 worse, and at its best its recall is lower."""
    records = [looked_at({2: 20.0 + seed, 4: 25.0}, seed=seed) for seed in range(3)]
    records += [looked_at({2: 35.0, 3: 16.0 + seed, 4: 35.0 + seed / 9}, "keras-tf", seed) for seed in range(3)]
    rows = {row["quantity"]: row for row in comparison_rows(records)}
    assert list(rows) == [
        "epoch_time", "FID (mnistnet)", "Recall (mnistnet)", "best FID (mnistnet)",
        "Recall (mnistnet) at best FID (mnistnet)",
    ]  # fmt: skip
    assert [row["verdict"] for row in rows.values()][1:] == ["worse", "better", "better", "worse"]
    assert rows["best FID (mnistnet)"]["value"] == pytest.approx(-4.0)
    assert rows["Recall (mnistnet) at best FID (mnistnet)"]["value"] == pytest.approx(-0.04)
    assert [name for name, row in rows.items() if not row["main"]] == ["Recall (mnistnet) at best FID (mnistnet)"]


def test_the_matrix_names_the_score_that_chooses(looked_at: Made) -> None:
    def chosen(record: Record) -> Record:
        cell = record.cell.model_copy(update={"judge": JudgeSpec(main="recall")})
        return record.model_copy(update={"cell": cell})

    records = [chosen(looked_at({1: 20.0, 4: 25.0}, engine)) for engine in ("torch", "keras-tf")]
    names = [row["quantity"] for row in comparison_rows(records)]
    assert names[3:] == ["FID (mnistnet) at best Recall (mnistnet)", "best Recall (mnistnet)"]


def test_time_to_quality_is_a_ratio_of_training_seconds(looked_at: Made) -> None:
    """Keras is twice as fast but needs three epochs where torch needs two: 1.5 seconds for 2."""
    records = [looked_at({1: 50.0, 2: 30.0, 4: 25.0}, seed=seed) for seed in range(3)]
    records += [looked_at({1: 50.0, 3: 29.0, 4: 25.0}, "keras-tf", seed, 0.5 + seed / 100) for seed in range(3)]
    row = comparison_rows(records, aims=Aims(quality={"fid": 30.0}))[-1]
    assert (row["quantity"], row["form"], row["verdict"], row["main"]) == (
        "time to FID (mnistnet) 30", "ratio", "faster", True,
    )  # fmt: skip
    assert row["value"] == pytest.approx(1.5 * (0.5 * 0.51 * 0.52) ** (1 / 3) / 1.0 / 1.0)


def test_what_is_never_reached_is_blank_and_says_how_often(looked_at: Made) -> None:
    """Counting only those that get there would make the engine fast that often fails."""
    records = [looked_at({4: 25.0 + 9 * seed}, seed=seed) for seed in range(3)]
    records += [looked_at({4: 25.0}, "keras-tf", seed) for seed in range(3)]
    rows = comparison_rows(records, aims=Aims(quality={"fid": 30.0}))
    assert (rows[-1]["value"], rows[-1]["verdict"]) == (None, "never: torch eager in 2 of 3")
    assert comparison_page(rows)[0]["time to FID\n(mnistnet) 30"] == "-\nnever: torch eager in 2 of 3"
    assert page_notes(rows)
    later = comparison_rows(records[3:], [records[3].model_copy(update={"cell": each.cell}) for each in records[3:]])
    assert later[-1]["quantity"] != "time to FID (mnistnet) 30"
    untimed = [each.model_copy(deep=True) for each in records[3:]]
    untimed[0].training.clocks = None
    row = comparison_rows([*untimed, records[0]], aims=Aims(quality={"fid": 30.0}))[-1]
    assert (row["value"], row["verdict"]) == (None, "not timed")
    both = comparison_rows(records[:3], records[:3], Aims(quality={"fid": 30.0}))
    assert both[-1]["verdict"] == "never: later run in 2 of 3, earlier run in 2 of 3"


def test_who_is_looked_at_more_often_is_not_compared(looked_at: Made, make_record: Made) -> None:
    records = [looked_at({2: 9.0, 4: 8.0}), looked_at({4: 8.0}, "keras-tf")]
    with pytest.raises(BadInput, match=r"scored epochs \(2, 4 / 4\)"):
        check_alike(records, pairs_of(records))
    plain = [records[0], make_record("keras-tf", scores={"fid": 8.0})]
    check_alike(plain, pairs_of(plain))
    assert [row["quantity"] for row in comparison_rows(plain)] == ["epoch_time", "FID (mnistnet)"]
