"""Energy in a simulated race whose powers are known, and its columns by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.racing.energy import INCARNATIONS, MOST_DISAGREEMENT, SECONDS, energy_columns
from benchmarks.racing.record import EnergyWindow, RaceRecord
from common.specs.cell import Cell
from tests.benchmarks.racing import simulated

IDLE, WORKING = 60.0, {"a": 200.0, "b": 260.0}


class SimulatedMeter:
    """The machine draws 60 W at rest, and more by who works."""

    source = "simulated"

    def __init__(self, room: Any) -> None:
        self.room = room

    def joules(self) -> float:
        return IDLE * self.room.time + sum((WORKING[each.name] - IDLE) * each.cpu for each in self.room.racers)

    def watts(self) -> None:
        return None


def test_energy_per_image_of_a_race(cells: list[Cell]) -> None:
    """64 images an iteration: `a` takes 20 ms of 200 W, `b` 10 ms of 260 W."""
    room = simulated.SimulatedRoom()
    room.meter = SimulatedMeter(room)
    natures = {"a": simulated.Contender(0.02), "b": simulated.Contender(0.01, noise=0.05)}
    record = simulated.Simulation(cells[0], natures, room, incarnations=4).hold()
    assert [each.incarnation for each in record.energy if not each.contender] == list(range(1, INCARNATIONS + 1))
    assert all(each.seconds >= 0.8 * SECONDS for each in record.energy)
    assert all(window.round >= 0 for window in record.windows)  # none of them is among the timed ones
    a, b = (energy_columns(record, name, 64) for name in natures)
    assert a["joules_per_image"] == pytest.approx(0.02 * 200.0 / 64)
    assert a["joules_above_idle"] == pytest.approx(0.02 * 140.0 / 64)
    assert b["joules_above_idle"] == pytest.approx(0.01 * 200.0 / 64, rel=0.15)
    assert (a["idle_watts"], a["energy_source"], a["energy_reason"]) == (pytest.approx(IDLE), "simulated", "")


def test_without_a_meter_nothing_is_weighed(cells: list[Cell]) -> None:
    record = simulated.Simulation(cells[0], {"a": simulated.Contender()}, incarnations=3).hold()
    assert record.energy == []
    record.energy_reason = "there is no counter"
    assert energy_columns(record, "a", 64)["energy_reason"] == "there is no counter"


def test_who_is_lost_while_it_is_weighed_is_out(cells: list[Cell]) -> None:
    room = simulated.SimulatedRoom()
    room.meter = SimulatedMeter(room)
    plain = simulated.Simulation(cells[0], {"a": simulated.Contender()}, incarnations=3).hold()
    timed = sum(window.incarnation == 2 for window in plain.windows)
    natures = {"a": simulated.Contender(), "b": simulated.Contender(breaks=(2, timed + 1))}
    record = simulated.Simulation(cells[0], natures, room, incarnations=3).hold()
    assert [(failure.contender, failure.incarnation) for failure in record.failures] == [("b", 2)]
    assert [each.incarnation for each in record.energy if each.contender == "b"] == [1]


@pytest.mark.parametrize(
    ("sampled", "joules", "reason"),
    [
        (105.0, 100.0, ""),
        (100.0 * (1.01 + MOST_DISAGREEMENT), 100.0, "counter and power samples disagree by 11 %"),
        (80.0, 100.0, "counter and power samples disagree by 20 %"),
        (None, 100.0, ""),
        (None, 0.0, "the counter did not move"),
    ],
)
def test_counter_and_samples_have_to_agree(
    make_race: Callable[..., RaceRecord], sampled: float | None, joules: float, reason: str
) -> None:
    window = EnergyWindow(contender="torch eager", incarnation=1, iterations=10, seconds=4.0, joules=joules,
                          sampled_joules=sampled, source="NVML")  # fmt: skip
    rest = window.model_copy(update={"contender": "", "iterations": 0, "joules": 40.0, "sampled_joules": 40.0})
    record = make_race().model_copy(update={"energy": [rest, window]})
    row = energy_columns(record, "torch eager", 5)
    assert row["energy_reason"] == reason
    if reason:
        assert (row["joules_per_image"], row["joules_above_idle"]) == (None, None)
    else:
        assert (row["joules_per_image"], row["joules_above_idle"]) == (2.0, pytest.approx(1.2))
    assert row["idle_watts"] == 10.0
