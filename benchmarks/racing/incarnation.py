"""One incarnation: all contenders started afresh, one window each to warm up, then rounds in balanced random order.

A round is a random order of the contenders followed by its reverse (A B C, C B A), so that a machine that drifts
disturbs all alike. Who crashes or hangs is out; the others go on.

In the first incarnation they come up one by one, so that start-up and compile seconds mean something; later two at a
time, which leaves more of a race's minutes for its windows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.racing.energy import INCARNATIONS, weigh, weigh_rest
from benchmarks.racing.estimate import outliers
from benchmarks.racing.racer import Lap, Racer, RacerLostError, Room
from benchmarks.racing.record import EnergyWindow, Entry, Failure, Rules, Start, Window
from benchmarks.racing.timing import Timer

# calibration multiplies the iterations until a window is at least a quarter as long as it shall be
_GROWTH = 4
_MOST_ITERATIONS = 10**6
_AT_ONCE = 2


class Incarnation:
    """Incarnation `number` of a race, and what was measured in it so far: `starts`, `windows`,
    `failures` and `energy`.

    Args:
        number: counted from 1; with the rules' seed it determines all orders.
        make: a contender for an entry, not started yet.
        room: the machine.
        rules: of the race.
    """

    def __init__(self, number: int, make: Callable[[Entry], Racer], room: Room, rules: Rules) -> None:
        self.number, self._make, self._rules = number, make, rules
        self.starts: dict[str, Start] = {}
        self.windows: list[Window] = []
        self.failures: list[Failure] = []
        self.energy: list[EnergyWindow] = []
        self._racers: dict[str, Racer] = {}
        # seconds per iteration, the least seen: of a window's splits each shall have its length
        self._pace: dict[str, float] = {}
        self._room, self._timer = room, Timer(self._racers, room, rules.foreign_share)
        self._order = np.random.default_rng([rules.seed, number])

    def hold(self, entries: list[Entry], iterations: Mapping[str, int]) -> None:
        """Run it; whatever happens, no contender is left behind.

        Args:
            entries: who takes part.
            iterations: of a contender's windows, by name; who is not named is calibrated to `window_seconds`.
        """
        try:
            self._come_up(self._shuffled(entries))
            counts = {name: iterations.get(name) or self._calibrated(name) for name in list(self._racers)}
            for round_ in range(self._rules.rounds + 1):
                forth = self._shuffled(list(self._racers))
                for position, name in enumerate(forth if round_ == 0 else [*forth, *forth[::-1]]):
                    self._window(name, counts[name], round_, position)
            self._weigh_all()
        finally:
            for racer in self._racers.values():
                racer.stop()
        self._mark_outliers()

    def _shuffled(self, things: list) -> list:
        return [things[index] for index in self._order.permutation(len(things))]

    def _come_up(self, entries: list[Entry]) -> None:
        """Start the contenders while those that are up rest."""
        at_once = 1 if self.number == 1 else _AT_ONCE
        launched: deque[str] = deque()
        for entry in entries:
            if len(launched) == at_once:
                self._await(launched.popleft(), alone=at_once == 1)
            self._racers[entry.name] = self._make(entry)
            if at_once == 1:
                self._timer.settle()
            self._racers[entry.name].launch()
            launched.append(entry.name)
        while launched:
            self._await(launched.popleft(), alone=at_once == 1)

    def _await(self, name: str, *, alone: bool) -> None:
        try:
            self.starts[name] = self._racers[name].ready(self.number).model_copy(update={"alone": alone})
        except RacerLostError as error:
            self._lose(name, error)

    def _calibrated(self, name: str) -> int:
        """The iterations of the contender's windows, from its seconds per iteration; 1 for one that is lost over it."""
        try:
            return max(1, round(self._rules.window_seconds / self._seconds_per_iteration(name)))
        except RacerLostError as error:
            self._lose(name, error)
            return 1

    def _seconds_per_iteration(self, name: str) -> float:
        """The fastest of three laps that are long enough: a machine's bad moment makes laps longer, never shorter."""
        count, least = 1, self._rules.window_seconds / _GROWTH
        while (fastest := min(self._lap(name, count) for _ in range(3))) * count < least and count < _MOST_ITERATIONS:
            count *= _GROWTH
        return fastest

    def _lap(self, name: str, iterations: int) -> float:
        """Seconds per iteration, outside of any record."""
        self._timer.settle()
        lap = self._racers[name].run(iterations)
        self._note_pace(name, lap)
        return lap.seconds / lap.iterations

    def _note_pace(self, name: str, lap: Lap) -> None:
        pace = min((split.seconds / split.iterations for split in lap.splits), default=lap.seconds / lap.iterations)
        self._pace[name] = min(self._pace.get(name, pace), pace)

    def _splits(self, name: str, iterations: int) -> int:
        """How many splits a window of the contender has; its first one, of an unknown pace, has one."""
        return max(1, round(iterations * self._pace.get(name, 0.0) / self._rules.split_seconds))

    def _window(self, name: str, iterations: int, round_: int, position: int) -> None:
        if name not in self._racers:
            return
        place = {"incarnation": self.number, "round_": round_, "position": position}
        try:
            window, lap = self._timer.window(name, iterations, self._splits(name, iterations), **place)
        except RacerLostError as error:
            self._lose(name, error)
            return
        self.windows.append(window)
        self._note_pace(name, lap)
        memory = {"peak_process_bytes": lap.peak_process_bytes, "peak_device_bytes": lap.peak_device_bytes}
        self.starts[name] = self.starts[name].model_copy(update=memory)

    def _weigh_all(self) -> None:
        """The energy of the machine at rest and of each contender, where it can be measured."""
        meter = self._room.meter
        if meter is None or self.number > INCARNATIONS:
            return
        self._timer.settle()
        self.energy.append(weigh_rest(meter, self._room, self.number))
        for name in self._shuffled(list(self._racers)):
            try:
                self.energy.append(weigh(meter, self._room, name, self._racers[name], self._pace[name], self.number))
            except RacerLostError as error:
                self._lose(name, error)
            self._timer.settle()

    def _lose(self, name: str, error: RacerLostError) -> None:
        self._racers.pop(name).stop()
        self.failures.append(Failure(contender=name, incarnation=self.number, reason=str(error)))

    def _mark_outliers(self) -> None:
        timed = [index for index, window in enumerate(self.windows) if window.round > 0]
        for index, odd in zip(timed, outliers([self.windows[index] for index in timed]), strict=True):
            if odd:
                window = self.windows[index]
                self.windows[index] = window.model_copy(update={"marks": (*window.marks, "outlier")})
