"""Speed from clocks: hand-computed seconds, rates and ratios."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.results.pairing import baselines, ratio_to_baseline, twins
from benchmarks.results.records import Clocks, Epoch, Record
from benchmarks.results.speed import epoch_seconds, images_per_second, peak_memory


def clocks(*timed: tuple[int, float]) -> Clocks:
    epochs = [
        Epoch(epoch=i, timed_iterations=count, train_seconds=seconds, data_wait_seconds=9, sampling_seconds=9,
              checkpoint_seconds=9)
        for i, (count, seconds) in enumerate(timed, start=1)
    ]  # fmt: skip
    return Clocks(startup_seconds=9, compile_seconds=9, final_sampling_seconds=9, epochs=epochs)


def test_partly_timed_epochs_are_scaled_and_untimed_ones_left_out(make_record: Callable[..., Record]) -> None:
    record = make_record(clocks=clocks((5, 1.0), (10, 3.0), (0, 0.0)))
    assert epoch_seconds(record) == [2.0, 3.0]
    assert images_per_second(record) == pytest.approx(10 * 16 / 2.5)


def test_records_without_clocks_have_no_speed(make_record: Callable[..., Record]) -> None:
    record = make_record(status="failed", training=None)
    assert (epoch_seconds(record), images_per_second(record), peak_memory(record)) == ([], None, None)


def test_ratio_pairs_cells_that_differ_in_engine_and_execution_only(make_record: Callable[..., Record]) -> None:
    torch_0, torch_1 = make_record(seconds=[2.0]), make_record(seed=1, seconds=[4.0])
    keras_1, keras_2 = make_record("keras-tf", 1, [3.0]), make_record("keras-tf", 2, [3.0])
    known = baselines([torch_0, torch_1, keras_1, keras_2])
    assert ratio_to_baseline(keras_1, known) == 0.75
    assert ratio_to_baseline(keras_2, known) is None
    assert ratio_to_baseline(torch_1, known) == 1.0


def test_of_two_baselines_float32_counts_and_the_other_is_compared(make_record: Callable[..., Record]) -> None:
    usual, rounded = make_record(seconds=[4.0]), make_record("torch:bf16", seconds=[2.0])
    keras = make_record("keras-tf:compiled:bf16", seconds=[3.0])
    for records in ([usual, rounded, keras], [keras, rounded, usual]):
        known = baselines(records)
        assert [ratio_to_baseline(each, known) for each in (usual, rounded, keras)] == [1.0, 0.5, 0.75]
        assert {(one.cell.contender, base.cell.contender) for one, base in twins(records)} == {
            ("torch eager bf16", "torch eager"),
            ("keras-tf compiled bf16", "torch eager"),
        }


def test_failed_baseline_is_none(make_record: Callable[..., Record]) -> None:
    assert baselines([make_record(status="failed"), make_record("torch:compiled")]) == {}


def test_peak_memory_is_the_accelerators_where_there_is_one(make_record: Callable[..., Record]) -> None:
    record = make_record()
    assert peak_memory(record) == 500 * 2**20
    hardware = record.training.hardware.model_copy(update={"peak_device_bytes": 7})
    assert peak_memory(make_record(hardware=hardware)) == 7
