"""One window: everybody at rest but one, who runs while the machine's and everybody's CPU time is read around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.machine.foreign import CoreTimes
from benchmarks.machine.gpu import GpuState
from benchmarks.racing.racer import Lap, Racer, Room
from benchmarks.racing.record import Split, Window

# thread pools spin for a while after their work, in the hope for more
_NAP_SECONDS = 0.03
_MOST_NAPS = 60
_TICK_SECONDS = 0.011
_AWAKE_SHARE = 0.02
# the system counts in hundredths of a second: as much foreign time in a split may be nothing but rounding
_LEAST_DISTURBANCE = 0.03


@dataclass(frozen=True)
class _Reading:
    """CPU seconds so far, of each contender, of the referee and of the cores."""

    contenders: dict[str, float]
    referee: float
    cores: CoreTimes | None
    gpu: GpuState | None


class Timer:
    """Times windows of `racers`, by name, in `room`; `foreign_share` of the cores makes a window marked."""

    def __init__(self, racers: Mapping[str, Racer], room: Room, foreign_share: float) -> None:
        self._racers, self._room, self._foreign_share = racers, room, foreign_share

    def settle(self) -> None:
        """Wait until no contender uses CPU time any more, two seconds at most: what still does shows in the window."""
        before = self._used()
        for _ in range(_MOST_NAPS):
            self._room.sleep(_NAP_SECONDS)
            after = self._used()
            if after == before:
                return
            before = after

    def window(
        self, name: str, iterations: int, splits: int, *, incarnation: int, round_: int, position: int
    ) -> tuple[Window, Lap]:
        """Time one window of the contender `name`, in so many splits.

        Raises:
            RacerLostError: it did not come back.
        """
        self.settle()
        before = self._read()
        lap = self._racers[name].run(iterations, splits)
        frequency = self._room.frequency_mhz()
        after = self._read()
        used = {each: max(0.0, after.contenders[each] - before.contenders[each]) for each in self._racers}
        foreign = stolen = None
        if before.cores is not None and after.cores is not None:
            ours = sum(used.values()) + after.referee - before.referee
            foreign = max(0.0, after.cores.busy - before.cores.busy - ours)
            stolen = max(0.0, after.cores.stolen - before.cores.stolen)
        window = Window(
            contender=name,
            incarnation=incarnation,
            round=round_,
            position=position,
            iterations=lap.iterations,
            seconds=lap.seconds,
            cpu_seconds=lap.cpu_seconds,
            idle_cpu_seconds={each: growth for each, growth in used.items() if each != name},
            foreign_seconds=foreign,
            stolen_seconds=stolen,
            frequency_mhz=frequency,
            gpu=_during(before.gpu, after.gpu),
            splits=tuple(split.model_copy(update={"disturbed": self._disturbed(split)}) for split in lap.splits),
        )
        return window.model_copy(update={"marks": self._marks(window, lap)}), lap

    def _marks(self, window: Window, lap: Lap) -> tuple[str, ...]:
        found = []
        if self._disturbed(window):
            found.append("foreign load")
        # the clock of a process ticks in hundredths of a second: one tick of each is no proof
        if sum(window.idle_cpu_seconds.values()) > max(
            _AWAKE_SHARE * window.seconds, _TICK_SECONDS * len(window.idle_cpu_seconds)
        ):
            found.append("others awake")
        if window.gpu is not None and (window.gpu.throttled_seconds or window.gpu.throttling):
            found.append("throttled")
        if not lap.finite:
            found.append("losses not finite")
        return tuple(found)

    def _disturbed(self, stretch: Window | Split) -> bool:
        """Whether others, or the hypervisor, took more of the cores than is allowed."""
        others = (stretch.foreign_seconds or 0.0) + (stretch.stolen_seconds or 0.0)
        return others > max(_LEAST_DISTURBANCE, self._foreign_share * stretch.seconds * self._room.cores)

    def _used(self) -> dict[str, float]:
        return {name: racer.cpu_seconds() for name, racer in self._racers.items()}

    def _read(self) -> _Reading:
        room = self._room
        return _Reading(self._used(), room.own_cpu_seconds(), room.core_times(), room.gpu_state())


def _during(before: GpuState | None, after: GpuState | None) -> GpuState | None:
    """The state at the end of a window, with the time it was throttled during it."""
    if before is None or after is None or before.throttled_seconds is None or after.throttled_seconds is None:
        return after
    return after.model_copy(update={"throttled_seconds": after.throttled_seconds - before.throttled_seconds})
