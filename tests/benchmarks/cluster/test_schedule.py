"""Schedules that can be drawn by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from benchmarks.cluster.schedule import simulate


def test_pieces_go_in_order_to_whoever_is_free_first() -> None:
    """Two places: 4 | 1 2 5: the first ends at 4, the second at 3, takes the 5 and ends at 8."""
    schedule = simulate([4.0, 1.0, 2.0, 5.0], 2)
    assert (schedule.length, schedule.work, schedule.critical) == (8.0, 12.0, 5.0)
    assert schedule.idle_share == pytest.approx(4.0 / 16.0)


@pytest.mark.parametrize(("places", "length", "idle"), [(1, 12.0, 0.0), (4, 5.0, 0.4), (8, 5.0, 0.7)])
def test_one_place_never_idles_and_many_wait_for_the_longest_piece(places: int, length: float, idle: float) -> None:
    schedule = simulate([4.0, 1.0, 2.0, 5.0], places)
    assert (schedule.length, schedule.idle_share) == (length, pytest.approx(idle))


def test_nothing_takes_no_time() -> None:
    schedule = simulate([], 3)
    assert (schedule.length, schedule.critical, schedule.idle_share) == (0.0, 0.0, 0.0)


@given(some.lists(some.floats(0.0, 1e6), max_size=40), some.integers(1, 12))
def test_no_schedule_beats_its_bounds_or_is_twice_as_long(pieces: list[float], places: int) -> None:
    """Graham (1969): a list schedule is shorter than twice the larger of the two bounds."""
    schedule = simulate(pieces, places)
    bound = max(schedule.critical, schedule.work / places)
    assert bound * (1 - 1e-9) <= schedule.length <= 2 * bound * (1 + 1e-9)
