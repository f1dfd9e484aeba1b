"""The footer: everything a reader needs to know before believing a number."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report.footnotes import gap_notes, score_notes, time_notes
from benchmarks.results.records import Proof, Record


def notes(records: list[Record]) -> str:
    return "\n".join([*score_notes(records), *time_notes(records), *gap_notes(records, [])])


def test_protocol_hardware_and_software_are_named(make_record: Callable[..., Record]) -> None:
    text = notes([make_record(scores={"fid": 1.0, "precision": 0.5, "recall": 0.5})])
    assert (
        "Scores on mnist-5k: FID (mnistnet), Precision (mnistnet) with k 3, Recall (mnistnet) with k 3. "
        "N = 20 generated images, 20 reference images of mnist-5k train (sha256 bbbbbbbbbbbb), "
        "extractor mnistnet (sha256 aaaaaaaaaaaa)."
    ) in text
    assert "Hardware (CPU only): Test CPU, 2 cores, 8 GB memory; precision fp32." in text
    assert "CPU threads: torch 2." in text
    assert "Python 3.12.0, torch 2.14.1" in text
    assert "Commit: 0123456789ab." in text
    assert "real images score under the same protocol" in text


def test_what_is_compiled_is_told_where_something_is(make_record: Callable[..., Record]) -> None:
    assert "Compiled as one" not in notes([make_record()])
    text = notes([make_record(), make_record("torch:compiled"), make_record("keras-tf:compiled")])
    assert "Compiled as one: keras-tf compiled: the whole update: networks, losses, penalty, gradients" in text
    assert "; torch compiled: networks, losses, penalty and all gradients, in four pieces" in text


def test_what_a_proof_is_stands_below_tables_that_have_one(
    make_record: Callable[..., Record], make_proof: Callable[..., Proof]
) -> None:
    assert "Twins equal to" not in notes([make_record()])
    text = notes([make_record(), *(make_record("keras-tf", seed=seed, proof=make_proof()) for seed in (0, 1))])
    assert text.count("Twins equal to: the largest error between torch eager and the row's contender") == 2
    assert "in float64 on the CPU, at the very training of the row, but for 3 iterations" in text


def test_few_seeds_are_called_few(make_record: Callable[..., Record]) -> None:
    assert "With 1 seed there is no interval" in notes([make_record()])
    assert "With 2 seeds there is no interval" in notes([make_record(), make_record(seed=1)])
    assert "95 % interval by Student's t" in notes([make_record(seed=seed) for seed in range(3)])


def test_different_versions_and_commits_are_all_named(make_record: Callable[..., Record]) -> None:
    other = make_record("keras-tf").environment.model_copy(
        update={"versions": {"torch": "2.15.0"}, "git_commit": "fedcba9876543210", "git_dirty": True}
    )
    text = notes([make_record(), make_record("keras-tf", environment=other)])
    assert "torch 2.14.1 / 2.15.0" in text
    assert "Commit: 0123456789ab, fedcba987654 with local changes." in text


def test_troubles_and_a_busy_machine_are_told(make_record: Callable[..., Record]) -> None:
    clocks = make_record().training.clocks
    shares = (0.02, 0.42, 0.5)  # of which the median counts
    epochs = [
        epoch.model_copy(update={"foreign_share": share}) for epoch, share in zip(clocks.epochs, shares, strict=True)
    ]
    disturbed = clocks.model_copy(update={"epochs": epochs})
    records = [
        make_record(clocks=disturbed, resumed_at_epochs=[2]),
        make_record("keras-tf", status="failed", reason="It broke.\nBadly.", training=None),
        make_record("keras-tf", 1, metrics_reason="No extractor fits."),
    ]
    text = notes(records)
    assert "dcgan on mnist-5k, torch (eager), seed 0: resumed after epoch 2." in text
    assert "dcgan on mnist-5k, keras-tf (graph), seed 0: failed. It broke. Badly." in text
    assert "seed 1: finished. No extractor fits." in text
    assert "While 1 of 3 cells were timed, other processes used up to 42% of the cores" in text
    assert "While" not in notes([make_record()])


def test_gpu_rows_are_labelled_with_their_gpu(make_record: Callable[..., Record]) -> None:
    gpu = make_record().training.hardware.model_copy(update={"device": "NVIDIA H100"})
    assert "Hardware (GPU NVIDIA H100)" in notes([make_record(hardware=gpu)])
