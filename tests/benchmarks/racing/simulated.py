"""A simulated room and contenders whose true speed is known, on a clock that only moves when they say so."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.machine.energy import Meter
from benchmarks.machine.foreign import CoreTimes
from benchmarks.racing.racer import Lap, RacerLostError
from benchmarks.racing.record import Entry, Host, RaceRecord, Rules, Split, Start
from benchmarks.results.records import Environment
from common.specs.cell import Cell

STARTUP = 3.0


@dataclass
class Contender:
    """What a simulated contender is like.

    Attributes:
        seconds: per iteration, truly.
        process: standard deviation, in logs, of what one process differs from the next.
        noise: the same of windows.
        stalls: share of windows that take ten times as long.
        suffers: (incarnation, deviation in logs): its windows differ so much there, and nobody else's.
        spins: seconds that it goes on using a core after a window.
        restless: share of a core that it uses whenever it is idle.
        breaks: (incarnation, window) in which it crashes, window 0 being its start.
    """

    seconds: float = 0.02
    process: float = 0.0
    noise: float = 0.0
    stalls: float = 0.0
    suffers: tuple[int, float] = (0, 0.0)
    spins: float = 0.0
    restless: float = 0.0
    breaks: tuple[int, int] | None = None


@dataclass
class SimulatedRoom:
    """Two cores; `drift` is the factor on all speeds at a time, `foreign` the cores that others use always.

    `load` are the cores that others use at a time; who works meanwhile gets the fewer of them done, and `taken` counts
    their seconds. `crowd` is the largest number of contenders that were coming up at once, by incarnation.
    """

    drift: Callable[[float], float] = lambda time: 1.0
    foreign: float = 0.0
    load: Callable[[float], float] = lambda time: 0.0
    taken: float = 0.0
    coming: int = 0
    crowd: dict[int, int] = field(default_factory=dict)
    cores: int = 2
    meter: Meter | None = None
    time: float = 0.0
    racers: list[SimulatedRacer] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def core_times(self) -> CoreTimes:
        return CoreTimes(sum(racer.cpu_seconds() for racer in self.racers) + self.foreign * self.time + self.taken, 0.0)

    def own_cpu_seconds(self) -> float:
        return 0.0

    def frequency_mhz(self) -> float:
        return 2600.0

    def gpu_state(self) -> None:
        return None


class SimulatedRacer:
    def __init__(self, name: str, nature: Contender, room: SimulatedRoom, seed: int = 0) -> None:
        self.name, self.nature, self.room, self.seed = name, nature, room, seed
        self.alive = False
        self.cpu = self.windows = 0.0
        self.rested_at = self.born = 0.0
        room.racers.append(self)

    def launch(self) -> None:
        self.alive, self.born = True, self.room.time
        self.room.coming += 1

    def ready(self, incarnation: int) -> Start:
        self.incarnation = incarnation
        self.room.crowd[incarnation] = max(self.room.crowd.get(incarnation, 0), self.room.coming)
        self.room.coming -= 1
        self.random = np.random.default_rng([self.seed, incarnation, *self.name.encode()])
        self.effect = math.exp(self.random.normal(0.0, self.nature.process))
        self._break()
        self.room.time += STARTUP
        self.cpu += STARTUP
        self.rested_at = self.room.time
        return Start(
            contender=self.name, incarnation=incarnation, startup_seconds=STARTUP, compile_seconds=1.0,
            images_per_iteration=64, device="cpu", used="cpu", threads=2,
        )  # fmt: skip

    def run(self, iterations: int, splits: int = 1) -> Lap:
        self.windows += 1
        self._break()
        nature, each = self.nature, self.nature.seconds * self.effect
        each *= self.room.drift(self.room.time) * math.exp(self.random.normal(0.0, nature.noise))
        each *= 10.0 if self.random.random() < nature.stalls else 1.0
        if nature.suffers[0] == self.incarnation:
            each *= math.exp(abs(self.random.normal(0.0, nature.suffers[1])))
        parts = [self._part(len(part), each) for part in np.array_split(np.arange(iterations), min(splits, iterations))]
        seconds = sum(part.seconds for part in parts)
        self.rested_at = self.room.time
        return Lap(iterations, seconds, seconds, tuple(parts), peak_process_bytes=2**20)

    def _part(self, iterations: int, each: float) -> Split:
        """Iteration by iteration, as much longer as others take of the two cores."""
        before, taken = self.room.time, self.room.taken
        for _ in range(iterations):
            busy = self.room.load(self.room.time)
            spent = each * (1.0 + busy)
            self.room.taken += busy * spent
            self.room.time += spent
        seconds = self.room.time - before
        self.cpu += seconds
        foreign = self.room.taken - taken + self.room.foreign * seconds
        return Split(iterations=iterations, seconds=seconds, foreign_seconds=foreign, stolen_seconds=0.0)

    def cpu_seconds(self) -> float:
        if not self.alive:
            return 0.0
        idle = self.room.time - self.rested_at
        return self.cpu + min(idle, self.nature.spins) + self.nature.restless * (self.room.time - self.born)

    def stop(self) -> None:
        self.alive = False

    def _break(self) -> None:
        if self.nature.breaks == (self.incarnation, self.windows):
            raise RacerLostError("It ran out of luck.")


class Simulation:
    """A race between simulated contenders, by name; the first is the reference."""

    def __init__(self, cell: Cell, natures: dict[str, Contender], room: SimulatedRoom | None = None, **rules: float):
        self.natures, self.room = natures, room or SimulatedRoom()
        self.seed = int(rules.pop("simulation_seed", 0))
        self.record = RaceRecord(
            label="simulated",
            entries=[Entry(name=name, cell=cell) for name in natures],
            reference=next(iter(natures)),
            rules=Rules.model_validate({"rounds": 3, "window_seconds": 1.5, "incarnations": 4, **rules}),
            host=Host(processor="none", cores=2, memory_bytes=1),
            environment=Environment(python="3", platform="none", versions={}, git_commit=None, git_dirty=None),
            started_at="",
        )
        self.said: list[str] = []

    def make(self, entry: Entry) -> SimulatedRacer:
        return SimulatedRacer(entry.name, self.natures[entry.name], self.room, self.seed)

    def save(self, record: RaceRecord) -> None:
        pass

    def hold(self) -> RaceRecord:
        from benchmarks.racing.referee import hold_race

        return hold_race(self.record, self.make, self.room, self.save, self.said.append)
