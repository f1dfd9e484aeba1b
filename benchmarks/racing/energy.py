"""What a contender's iterations cost in energy, and what the machine uses at rest.

Counters of energy move in steps of a tenth of a second or so, hence windows of their own that take several seconds;
they are not timed. A lead-in lets clocks, and the averages that drivers tell as power, settle first.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks.machine.energy import Meter, PowerSamples
from benchmarks.racing.racer import Racer, Room
from benchmarks.racing.record import EnergyWindow, RaceRecord
from benchmarks.results.rows import Row
from benchmarks.results.statistics import median

LEAD_SECONDS, SECONDS = 1.0, 4.0
# processes differ less in energy than in time: the first incarnations tell enough
INCARNATIONS = 3
# the counter and the integral of power samples have to agree this well
MOST_DISAGREEMENT = 0.1


def weigh_rest(meter: Meter, room: Room, incarnation: int) -> EnergyWindow:
    """The energy of a machine whose contenders are all at rest."""
    room.sleep(LEAD_SECONDS)
    return _weighed(meter, room, "", 0, incarnation, lambda: room.sleep(SECONDS))


def weigh(meter: Meter, room: Room, name: str, racer: Racer, pace: float, incarnation: int) -> EnergyWindow:
    """The energy of the contender `name`, which takes about `pace` seconds an iteration.

    Raises:
        RacerLostError: it did not come back.
    """
    racer.run(max(1, math.ceil(LEAD_SECONDS / pace)))
    iterations = max(1, math.ceil(SECONDS / pace))
    return _weighed(meter, room, name, iterations, incarnation, lambda: racer.run(iterations))


def _weighed(
    meter: Meter, room: Room, name: str, iterations: int, incarnation: int, work: Callable[[], object]
) -> EnergyWindow:
    with PowerSamples(meter, room.now) as samples:
        before, started = meter.joules(), room.now()
        work()
        joules, seconds = meter.joules() - before, room.now() - started
    return EnergyWindow(
        contender=name,
        incarnation=incarnation,
        iterations=iterations,
        seconds=seconds,
        joules=joules,
        sampled_joules=samples.joules,
        source=meter.source,
    )


def energy_columns(record: RaceRecord, name: str, images_per_iteration: int | None) -> Row:
    """The columns about the energy of the contender `name`; medians over incarnations.

    Returns:
        joules_per_image, all that the device used; joules_above_idle, of that what it would not have used at rest;
        idle_watts; energy_source; and energy_reason, why there are none.
    """
    row: Row = dict.fromkeys(("joules_per_image", "joules_above_idle", "idle_watts", "energy_source"))
    windows = [each for each in record.energy if each.contender == name]
    rest = [each.joules / each.seconds for each in record.energy if not each.contender]
    if not windows or not images_per_iteration:
        return row | {"energy_reason": record.energy_reason or "it was not measured"}
    row |= {"energy_source": windows[0].source, "idle_watts": median(rest) if rest else None, "energy_reason": ""}
    apart = [abs(each.sampled_joules / each.joules - 1.0) if each.joules else math.inf
             for each in windows if each.sampled_joules is not None]  # fmt: skip
    if apart and median(apart) > MOST_DISAGREEMENT:
        return row | {"energy_reason": f"counter and power samples disagree by {100 * median(apart):.0f} %"}
    if any(each.joules <= 0 or not each.iterations for each in windows):
        return row | {"energy_reason": "the counter did not move"}
    images = [each.iterations * images_per_iteration for each in windows]
    row["joules_per_image"] = median([each.joules / n for each, n in zip(windows, images, strict=True)])
    if (idle := row["idle_watts"]) is not None:
        above = [(each.joules - idle * each.seconds) / n for each, n in zip(windows, images, strict=True)]
        row["joules_above_idle"] = median(above)
    return row
