"""Growth phases: the whole schedule pinned by hand, lengths in whole epochs, stages that do not fit refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadInput
from common.specs.phases import Stage, growth_phases

SIZES = [4, 8, 16, 32]


def schedule(*stages: dict[str, Any], sizes: list[int] = SIZES, epochs: int = 2, batch: int = 64) -> list[tuple]:
    made = growth_phases(tuple(Stage(**stage) for stage in stages), sizes, epochs, batch)
    return [(phase.resolution, "fade" if phase.fading else "stable", phase.epochs, phase.batch_size) for phase in made]


def test_without_stages_every_resolution_is_faded_in_and_stabilised_but_the_first() -> None:
    assert schedule() == [
        (4, "stable", 2, 64),
        (8, "fade", 2, 64),
        (8, "stable", 2, 64),
        (16, "fade", 2, 64),
        (16, "stable", 2, 64),
        (32, "fade", 2, 64),
        (32, "stable", 2, 64),
    ]


def test_stages_set_their_own_lengths_and_batches_in_any_order() -> None:
    found = schedule(
        {"resolution": 32, "fade": 0.5, "stable": 3, "batch_size": 16},
        {"resolution": 4, "stable": 0.5, "fade": 7},  # nothing is faded into the first
        {"resolution": 8, "fade": 0, "stable": 1},
        {"resolution": 16, "fade": 1, "stable": 0},
        epochs=4,
    )
    assert found == [
        (4, "stable", 2, 64),
        (8, "stable", 4, 64),
        (16, "fade", 4, 64),
        (32, "fade", 2, 16),
        (32, "stable", 12, 16),
    ]


def test_a_phase_is_whole_epochs_and_at_least_one() -> None:
    found = schedule({"resolution": 8, "fade": 0.01, "stable": 1.3}, sizes=[4, 8], epochs=3)
    assert [epochs for *_, epochs, _ in found] == [3, 1, 4]  # 3; 0.03 -> 1; 3.9 -> 4


def test_resolutions_may_be_left_out_but_the_last() -> None:
    none = {"fade": 0, "stable": 0}
    assert schedule({"resolution": 4, **none}, {"resolution": 8, **none}, sizes=[4, 8, 16], epochs=1) == [
        (16, "fade", 1, 64),
        (16, "stable", 1, 64),
    ]
    with pytest.raises(BadInput, match=r"network.stages: the last resolution, 8, has no phase"):
        schedule({"resolution": 8, **none}, sizes=[4, 8])


@pytest.mark.parametrize(
    "stages",
    [({"resolution": 64},), ({"resolution": 12},), ({"resolution": 8}, {"resolution": 8, "fade": 2})],
    ids=["beyond the image", "no resolution", "twice"],
)
def test_stages_that_do_not_fit_are_refused_with_the_fields_name(stages: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(BadInput, match=r"network.stages: .*\[4, 8, 16, 32\] at most once"):
        schedule(*stages)


@given(st.integers(1, 9), st.lists(st.floats(0, 4), min_size=4, max_size=4), st.lists(st.floats(0.1, 4), min_size=4))
def test_resolutions_never_shrink_and_a_fade_comes_before_its_stable_phase(
    epochs: int, fades: list[float], stables: list[float]
) -> None:
    stages = [
        {"resolution": size, "fade": fade, "stable": stable}
        for size, fade, stable in zip(SIZES, fades, stables, strict=False)
    ]
    found = schedule(*stages, epochs=epochs)
    assert found == sorted(found, key=lambda phase: (phase[0], phase[1] == "stable"))
    assert len({phase[:2] for phase in found}) == len(found)
    assert found[0][:2] == (4, "stable")
