"""One epoch: what its window holds beside the loop's clocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.training.epoch import EpochRunner
from benchmarks.training.feed import EpochPlan
from common.specs.phases import Phase

PLAN = EpochPlan(Phase(resolution=16, fading=False, epochs=1, batch_size=4), 3, 0, 0, 3, 4)


class Engine:
    """Knows only how to be trained."""

    def __init__(self) -> None:
        self.done = 0

    def train_iteration(self, batch: Any) -> None:
        self.done += 1

    def synchronize(self) -> None:
        pass

    def losses(self) -> dict[str, Any]:
        taken, self.done = self.done, 0
        return {"generator": np.ones(taken)}


@pytest.mark.parametrize("share", [0.25, None])
def test_what_others_use_of_the_cores_is_measured_around_the_timed_iterations(
    monkeypatch: pytest.MonkeyPatch, share: float | None
) -> None:
    engine, measured = Engine(), []

    @contextmanager
    def foreign_use() -> Iterator[Any]:
        before = engine.done
        yield SimpleNamespace(share=lambda cores: share)
        measured.append((before, engine.done))

    monkeypatch.setattr("benchmarks.training.epoch.foreign_use", foreign_use)
    feed: Any = SimpleNamespace(plans=[PLAN], epoch=lambda epoch: iter("abc"))
    window = EpochRunner(engine, feed, lambda event: None).run(0)  # type: ignore[arg-type]
    assert window.foreign_share == share
    assert measured == [(1, 3)]  # the first iteration compiles: it is outside
    assert (window.iterations, window.seconds > 0) == (2, True)
