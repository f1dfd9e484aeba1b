"""How far a training was at the end of each epoch: in iterations, and in seconds."""

from __future__ import annotations

from benchmarks.results.records import Record


def iterations_by_epoch(record: Record) -> dict[int, int]:
    """How many iterations have passed at the end of each epoch; without clocks all epochs are taken to be equal."""
    ends, training = {0: 0}, record.training
    if training and training.clocks:
        passed = 0
        for epoch in training.clocks.epochs:
            passed += epoch.iterations or training.iterations_per_epoch
            ends[epoch.epoch] = passed
    elif training:
        epochs = sum(phase.epochs for phase in record.cell.phases())
        ends |= {epoch: epoch * training.iterations_per_epoch for epoch in range(1, epochs + 1)}
    return ends


def seconds_by_epoch(record: Record) -> dict[int, float]:
    """Seconds of training and of waiting for data until the end of each epoch, as far as clocks tell; scoring, sampling
    and compilation are no part of them."""
    ends, passed = {0: 0.0}, 0.0
    clocks = record.training.clocks if record.training else None
    for epoch in clocks.epochs if clocks else []:
        passed += epoch.train_seconds + epoch.data_wait_seconds
        ends[epoch.epoch] = passed
    return ends
