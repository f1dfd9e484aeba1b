"""Races on a simulated clock: right ratios whatever the machine does, and an end for everybody whatever happens."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.racing.estimate import half_width, verdicts
from benchmarks.racing.record import RaceRecord, Window, load_race, save_race
from benchmarks.racing.rows import race_rows
from common.specs.cell import Cell
from tests.benchmarks.racing import simulated
from tests.benchmarks.racing.simulated import Contender, SimulatedRoom


@pytest.fixture
def race(cells: list[Cell]) -> Any:
    def hold(natures: dict[str, Any], room: Any = None, **rules: float) -> Any:
        return simulated.Simulation(cells[0], natures, room, **rules)

    return hold


def timed(record: RaceRecord) -> list[Window]:
    return [window for window in record.windows if window.round > 0]


def test_ratios_come_out_right_on_a_machine_that_drifts_stalls_and_differs_from_process_to_process(race: Any) -> None:
    """Truly 1.3 and 0.8; processes differ by 1 %, windows by 3 %, one in 20 takes ten times as long."""
    true = {"a": 0.02, "b": 0.026, "c": 0.016}
    natures = {name: Contender(seconds, process=0.01, noise=0.03, stalls=0.05) for name, seconds in true.items()}
    covered = []
    for seed in range(6):
        room = SimulatedRoom(drift=lambda time: 1.0 + 0.3 * math.sin(time / 20.0))
        record = race(natures, room, precision=0.015, minutes=60, seed=seed, simulation_seed=seed).hold()
        assert record.state == "precise"
        assert 4 <= record.incarnations < 60
        for name, verdict in verdicts(record).items():
            assert half_width(verdict) <= 0.015
            assert verdict.summary.mean == pytest.approx(true[name] / 0.02, rel=0.025)
            covered.append(not verdict.summary.excludes(true[name] / 0.02))
    assert sum(covered) >= 10


@pytest.mark.parametrize("drift", [lambda time: 1.0 + time / 60.0, lambda time: math.exp(-time / 60.0)])
def test_drift_hits_all_alike(race: Any, drift: Any) -> None:
    """The machine gets twice as slow, or fast, within an incarnation; not a percent of it gets into the ratios."""
    record = race({"a": Contender(), "b": Contender(), "c": Contender()}, SimulatedRoom(drift)).hold()
    seconds = [window.seconds for window in timed(record) if window.incarnation == 1]
    assert max(seconds) > 1.3 * min(seconds)
    for verdict in verdicts(record).values():
        assert verdict.summary.mean == pytest.approx(1.0, abs=0.01)


def test_same_program_twice_is_equivalent_and_five_percent_are_found(race: Any) -> None:
    natures = {"a": Contender(), "again": Contender(), "slowed": Contender(0.021)}
    for nature in natures.values():
        nature.process, nature.noise, nature.stalls = 0.01, 0.02, 0.03
    record = race(natures, precision=0.015, minutes=60).hold()
    found = verdicts(record)
    assert found["again"].kind == "equivalent"
    assert found["slowed"].p_differs < 0.025
    assert found["slowed"].summary.mean == pytest.approx(1.05, abs=0.015)
    rows = race_rows(record)
    assert [row["contender"] for row in rows] == ["a", "again", "slowed"]
    assert rows[0]["iterations_per_second"] == pytest.approx(50, rel=0.03)
    assert rows[0]["images_per_second"] == pytest.approx(3200, rel=0.03)


def test_stalls_do_not_spoil_the_summary_and_are_shown(race: Any) -> None:
    natures = {"a": Contender(noise=0.01, stalls=0.1), "b": Contender(noise=0.01, stalls=0.1)}
    record = race(natures, precision=0.01, rounds=8).hold()
    # nor does one that falls into the calibration
    assert {window.iterations for window in record.windows} <= set(range(70, 81))
    assert verdicts(record)["b"].summary.mean == pytest.approx(1.0, abs=0.01)
    stalled = [window for window in timed(record) if window.seconds > 8]
    assert stalled
    assert all("outlier" in window.marks for window in stalled)
    marked = [window for window in timed(record) if window.marks]
    assert len(marked) < 1.2 * len(stalled)
    assert sum(row["marked"] for row in race_rows(record)) == len(marked)


def test_processes_that_differ_are_not_averaged_away_by_windows(race: Any) -> None:
    """Two processes of one program differ by 3 %: hundred windows of four pairs do not make that 0.3 %."""
    natures = {"a": Contender(process=0.03, noise=0.01), "b": Contender(process=0.03, noise=0.01)}
    record = race(natures, rounds=25, minutes=0.1).hold()
    assert (record.state, record.incarnations) == ("out of time", 4)
    assert half_width(verdicts(record)["b"]) > 0.02


def test_order_is_balanced_random_and_the_same_for_the_same_seed(race: Any) -> None:
    natures = {name: Contender() for name in "abcd"}
    record, again, other = (race(natures, seed=seed).hold() for seed in (0, 0, 1))

    def orders(held: RaceRecord) -> list[str]:
        found: dict[tuple[int, int], str] = {}
        for window in timed(held):
            found[window.incarnation, window.round] = (
                found.get((window.incarnation, window.round), "") + window.contender
            )
        return list(found.values())

    assert all(order == order[::-1] and Counter(order) == Counter("aabbccdd") for order in orders(record))
    assert len(set(orders(record))) > 8
    assert orders(again) == orders(record) != orders(other)


def test_windows_are_as_long_as_asked_for_everybody(race: Any) -> None:
    record = race({"a": Contender(0.001), "b": Contender(0.05)}, window_seconds=2.0).hold()
    assert {(window.contender, window.iterations) for window in record.windows} == {("a", 2000), ("b", 40)}
    slow = race({"a": Contender(9.0), "b": Contender(3.0)}, window_seconds=2.0).hold()
    assert {window.iterations for window in slow.windows} == {1}
    warm = [window for window in record.windows if window.round == 0]
    assert len(warm) == 2 * record.incarnations


def test_calibration_in_a_bad_moment_spoils_one_incarnation_only(race: Any) -> None:
    """For its first twenty seconds the machine is thirty times slower, as next to somebody else's work."""
    room = SimulatedRoom(drift=lambda time: 30.0 if time < 20 else 1.0)
    record = race({"a": Contender(0.02), "b": Contender(0.02)}, room, window_seconds=2.0).hold()
    lengths = [[w.iterations for w in timed(record) if w.incarnation == number] for number in range(1, 5)]
    assert set(lengths[0]) == {3}
    assert {count for each in lengths[1:] for count in each} == {100}


def test_race_ends_when_the_time_is_over_but_not_before_the_least_incarnations(race: Any) -> None:
    natures = {"a": Contender(process=0.2), "b": Contender(process=0.2)}
    short, room = race(natures, minutes=0.1).hold(), SimulatedRoom()
    assert (short.state, short.incarnations) == ("out of time", 4)
    longer = race(natures, room, minutes=10).hold()
    assert longer.state == "out of time"
    assert room.time <= 600
    assert longer.incarnations > 10
    assert longer.seconds == pytest.approx(room.time)


def test_killed_race_goes_on_after_its_last_whole_incarnation(race: Any, tmp_path: Path) -> None:
    natures = {"a": Contender(process=0.01), "b": Contender(0.022, process=0.01)}
    whole, killed = race(natures, minutes=60).hold(), race(natures, minutes=60)
    path, said = tmp_path / "race.json", killed.said

    def save_then_die(record: RaceRecord) -> None:
        save_race(record, path)
        if record.incarnations == 2:
            raise KeyboardInterrupt

    killed.save = save_then_die
    with pytest.raises(KeyboardInterrupt):
        killed.hold()
    assert not any(racer.alive for racer in killed.room.racers)
    resumed = race(natures, minutes=60)
    resumed.record = load_race(path)
    assert resumed.record.incarnations == 2
    resumed.hold()
    assert [window.contender for window in resumed.record.windows] == [window.contender for window in whole.windows]
    ours, theirs = verdicts(resumed.record)["b"], verdicts(whole)["b"]
    assert (ours.kind, ours.sample.count) == (theirs.kind, theirs.sample.count)
    assert ours.summary.mean == pytest.approx(theirs.summary.mean, rel=1e-9)
    assert len(said) == 1


def test_interrupt_in_the_middle_of_an_incarnation_leaves_nobody_behind(race: Any) -> None:
    one = race({"a": Contender(), "b": Contender()})

    def interrupted(seconds: float) -> None:
        if one.room.time > 10.0:
            raise KeyboardInterrupt
        one.room.time += seconds

    one.room.sleep = interrupted
    with pytest.raises(KeyboardInterrupt):
        one.hold()
    assert one.room.racers
    assert not any(racer.alive for racer in one.room.racers)
    assert one.record.incarnations == 0


@pytest.mark.parametrize("breaks", [(1, 0), (1, 1), (1, 5), (3, 2)])
def test_contender_that_crashes_is_out_and_the_others_go_on(race: Any, breaks: tuple[int, int]) -> None:
    natures = {"a": Contender(), "b": Contender(breaks=breaks), "c": Contender(0.03)}
    one = race(natures)
    record = one.hold()
    assert [(failure.contender, failure.incarnation) for failure in record.failures] == [("b", breaks[0])]
    assert record.state == "precise"
    assert verdicts(record)["c"].summary.mean == pytest.approx(1.5)
    rows = {row["contender"]: row for row in race_rows(record)}
    assert rows["b"]["incarnations"] == breaks[0] - 1
    assert rows["b"]["verdict"] == "out: It ran out of luck."
    assert any("b is out: It ran out of luck." in said for said in one.said)
    assert not any(racer.alive for racer in one.room.racers)


def test_without_the_reference_there_are_speeds_and_no_ratios(race: Any) -> None:
    record = race({"a": Contender(breaks=(1, 0)), "b": Contender(), "c": Contender()}).hold()
    assert record.state == "reference lost"
    rows = {row["contender"]: row for row in race_rows(record)}
    assert rows["a"]["verdict"] == "out: It ran out of luck."
    assert (rows["b"]["ratio"], rows["b"]["verdict"]) == (None, "no ratio")
    assert rows["b"]["iterations_per_second"] == pytest.approx(50)
    assert race({"a": Contender(breaks=(1, 0))}).hold().state == "nobody left"


def test_load_from_outside_is_measured_and_marked(race: Any) -> None:
    quiet = race({"a": Contender(), "b": Contender()}).hold()
    assert not any(window.marks for window in quiet.windows)
    assert all(window.foreign_seconds == pytest.approx(0.0, abs=1e-6) for window in quiet.windows)
    busy = race({"a": Contender(), "b": Contender()}, SimulatedRoom(foreign=0.5)).hold()
    for window in busy.windows:
        assert window.foreign_seconds == pytest.approx(0.5 * window.seconds)
        assert window.marks == ("foreign load",)


@pytest.mark.parametrize("period", [0.5, 2.0])
def test_load_that_comes_and_goes_does_not_move_the_ratios(race: Any, period: float) -> None:
    """Half of the time somebody uses a core, and the work takes twice as long: some splits are lost, no ratio."""
    natures = {"a": Contender(0.02, noise=0.01), "b": Contender(0.026, noise=0.01), "c": Contender(0.016, noise=0.01)}
    room = SimulatedRoom(load=lambda time: float(time % (2 * period) < period))
    record = race(natures, room, precision=0.02).hold()
    assert record.state == "precise"
    disturbed = [split.disturbed for window in timed(record) for split in window.splits]
    assert 0.3 < sum(disturbed) / len(disturbed) < 0.9
    found = verdicts(record)
    assert found["b"].summary.mean == pytest.approx(1.3, rel=0.02)
    assert found["c"].summary.mean == pytest.approx(0.8, rel=0.02)


def test_incarnation_in_which_windows_disagree_does_not_count(race: Any) -> None:
    """In the second incarnation b stumbles again and again; its windows tell so, and it has no ratio there."""
    natures = {"a": Contender(noise=0.005), "b": Contender(noise=0.005, suffers=(2, 0.8)), "c": Contender(noise=0.005)}
    record = race(natures, precision=0.02).hold()
    rows = {row["contender"]: row for row in race_rows(record)}
    assert rows["b"]["incarnations"] == rows["a"]["incarnations"] - 1 == rows["c"]["incarnations"] - 1
    assert rows["b"]["ratio"] == pytest.approx(1.0, abs=0.01)


def test_first_come_up_alone_later_ones_two_at_a_time(race: Any) -> None:
    one = race({name: Contender() for name in "abc"})
    record = one.hold()
    assert one.room.crowd == {1: 1, 2: 2, 3: 2, 4: 2}
    assert [start.alone for start in record.starts] == [start.incarnation == 1 for start in record.starts]
    assert race_rows(record)[0]["startup_seconds"] == simulated.STARTUP


def test_contender_whose_ratio_is_known_sits_out(race: Any) -> None:
    """c's processes differ by 3 %, so it needs many incarnations; b's are alike and it needs none of them."""
    natures = {"a": Contender(noise=0.001), "b": Contender(noise=0.001), "c": Contender(process=0.03, noise=0.001)}
    record = race(natures, precision=0.015, minutes=60).hold()
    assert record.state == "precise"
    rows = {row["contender"]: row for row in race_rows(record)}
    assert rows["b"]["incarnations"] == 4
    assert rows["a"]["incarnations"] == rows["c"]["incarnations"] == record.incarnations > 6


def test_referee_waits_for_spinning_threads_and_marks_those_that_never_rest(race: Any) -> None:
    """TensorFlow's and OpenMP's threads spin for a while after their work; that must not fall into the next window."""
    spinning = race({"a": Contender(spins=0.3), "b": Contender(spins=0.3)}).hold()
    assert not any(window.marks for window in spinning.windows)
    assert all(growth < 1e-6 for window in spinning.windows for growth in window.idle_cpu_seconds.values())
    restless = race({"a": Contender(), "b": Contender(restless=0.5)}).hold()
    for window in restless.windows:
        if window.contender == "a":
            assert window.idle_cpu_seconds["b"] == pytest.approx(0.5 * window.seconds)
            assert window.marks == ("others awake",)
        else:
            assert window.marks == ()
