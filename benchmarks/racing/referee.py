"""The referee: starts all contenders afresh again and again, and says when the ratios are known well enough."""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks.racing.estimate import half_width, incarnation_levels, verdicts
from benchmarks.racing.incarnation import Incarnation
from benchmarks.racing.racer import Racer, Room
from benchmarks.racing.record import Entry, RaceRecord, State
from benchmarks.results.verdicts import Verdict


def hold_race(
    record: RaceRecord,
    make: Callable[[Entry], Racer],
    room: Room,
    save: Callable[[RaceRecord], None],
    say: Callable[[str], None],
) -> RaceRecord:
    """Go on with the race of `record` until every ratio is precise, the time is over, or nobody is left.

    A contender whose ratio is precise sits out what follows, so that the time goes to those who need it.

    Args:
        record: the race so far; it grows by whole incarnations.
        make: a contender for an entry, not started yet.
        room: the machine.
        save: called with the record after every incarnation, so that a killed race loses one at most.
        say: takes one sentence about what happens.
    """
    spent: list[float] = []
    out: set[str] = set()  # who failed in this call: the next call tries again
    found = verdicts(record)
    while (state := _state(record, found, out, spent)) == "unfinished":
        started = room.now()
        incarnation = Incarnation(record.incarnations + 1, make, room, record.rules)
        wanted = _undecided(record, found, out) | ({record.reference} - out)
        present = [entry for entry in record.entries if entry.name in wanted]
        incarnation.hold(present, _iterations(record))
        spent.append(room.now() - started)
        for failure in incarnation.failures:
            out.add(failure.contender)
            say(f"{failure.contender} is out: {failure.reason}")
        _take(record, incarnation)
        record.seconds += spent[-1]
        found = verdicts(record)
        record.state = _state(record, found, out, spent)
        save(record)
        say(f"incarnation {incarnation.number}: {_standing(found)}")
    record.state = state
    return record


def _take(record: RaceRecord, incarnation: Incarnation) -> None:
    record.incarnations = incarnation.number
    record.starts += incarnation.starts.values()
    record.windows += incarnation.windows
    record.failures += incarnation.failures
    record.energy += incarnation.energy


def _iterations(record: RaceRecord) -> dict[str, int]:
    """Of each contender's next windows, by its last known pace: who is not in it must be calibrated.

    So a calibration that fell into a bad moment of the machine spoils one incarnation, not the race.
    """
    levels: dict[str, float] = {}
    for each in incarnation_levels(record):
        levels |= each
    return {name: max(1, round(record.rules.window_seconds / math.exp(level))) for name, level in levels.items()}


def _undecided(record: RaceRecord, found: dict[str, Verdict], out: set[str]) -> set[str]:
    """Who is still in the race and whose ratio to the reference is not yet precise."""
    others = {entry.name for entry in record.entries} - out - {record.reference}
    if record.incarnations < record.rules.incarnations:
        return others
    return {name for name in others if name not in found or half_width(found[name]) > record.rules.precision}


def _state(record: RaceRecord, found: dict[str, Verdict], out: set[str], spent: list[float]) -> State:
    """Where the race stands; `spent` are the seconds of this call's incarnations."""
    rules = record.rules
    if not {entry.name for entry in record.entries} - out:
        return "nobody left"
    if record.incarnations < rules.incarnations:
        return "unfinished"
    if record.reference in out:
        return "reference lost"
    if not _undecided(record, found, out):
        return "precise"
    # another incarnation only if there is time for the whole of it
    typical = sum(spent) / len(spent) if spent else 0.0
    return "out of time" if sum(spent) + typical > 60.0 * rules.minutes else "unfinished"


def _standing(found: dict[str, Verdict]) -> str:
    texts = []
    for name, verdict in found.items():
        width = half_width(verdict)
        exact = "" if math.isinf(width) else f" +- {100 * width:.1f} %"
        texts.append(f"{name} takes {verdict.summary.mean:.3f} times as long{exact}")
    return "; ".join(texts) or "no ratio yet"
