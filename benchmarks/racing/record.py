"""The record of a race: every window that was timed, marked or not, and all that its ratios depend on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from benchmarks.calibration.record import Calibration
from benchmarks.machine.gpu import GpuIdentity, GpuState
from benchmarks.machine.host import Host
from benchmarks.results.packed import Rows
from benchmarks.results.records import AtLeastOne, Count, Environment, Finite, RecordPart, Seconds, Took
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.files import write_text
from common.specs.cell import Cell
from common.untrusted import read_model

SCHEMA = 1
# a race has some tens; a damaged record that names more would be gone through for hours
_MOST_INCARNATIONS = 10_000
Control = Literal["", "again", "slowed"]
State = Literal["unfinished", "precise", "out of time", "reference lost", "nobody left"]


class Entry(RecordPart):
    """A contender: one cell configuration under a name; controls are the reference once more, or slowed down.

    `slow_down` is the share of each window's time that is burnt on top.
    """

    name: str
    cell: Cell
    control: Control = ""
    slow_down: Finite = 0.0


class Rules(RecordPart):
    """How a race is run.

    Attributes:
        precision: half-width of the ratios' intervals, relative, at which a race ends.
        minutes: a race of fewer than `incarnations` incarnations goes on beyond it, none other.
        window_seconds: what a window takes, about; one iteration at least.
        split_seconds: a window is timed in splits of about this length, so that what disturbs a part spoils no more.
        rounds: timed rounds of an incarnation; in each every contender has two windows.
        incarnations: how often all contenders are started afresh at least; four that happen to agree say nothing about
            a machine that is noisier later.
        margin: ratios within 1 / (1 + margin) and 1 + margin count as equal.
        seed: of the orders.
        foreign_share: a window is marked, and a split disturbed, if others use more of the usable cores than this.
    """

    precision: Finite = Field(0.01, gt=0)
    minutes: Seconds = Field(10.0, gt=0)
    window_seconds: Seconds = Field(1.0, gt=0)
    split_seconds: Seconds = Field(0.15, gt=0)
    rounds: int = Field(2, ge=1)
    incarnations: int = Field(8, ge=1)
    margin: Finite = Field(0.05, gt=0)
    seed: int = 0
    foreign_share: Finite = 0.05


class Start(RecordPart):
    """How a contender came up, and what it had used when it was last asked.

    `alone` tells whether nobody else came up beside it: only then its start-up and compile seconds say anything.
    `iteration_flops` are counted from the spec; None where that cannot be.
    """

    contender: str
    incarnation: Count
    startup_seconds: Seconds
    compile_seconds: Seconds
    images_per_iteration: AtLeastOne
    iteration_flops: int | None = Field(None, ge=0, lt=10**30)
    device: str
    used: str
    threads: Count
    alone: bool = True
    notes: tuple[str, ...] = ()
    peak_process_bytes: Count | None = None
    peak_device_bytes: Count | None = None


class Split(RecordPart):
    """A part of a window; `disturbed` if others, or the hypervisor, took the cores meanwhile.

    `device_seconds` is the same stretch by the accelerator's own clock, where the framework offers it.
    """

    iterations: AtLeastOne
    seconds: Took
    device_seconds: Finite | None = None
    foreign_seconds: Finite | None = None
    stolen_seconds: Finite | None = None
    disturbed: bool = False


class Window(RecordPart):
    """`iterations` of one contender under the clock, from a device at rest to a device at rest.

    Attributes:
        incarnation: counted from 1.
        round: counted from 1; round 0 warms up and enters no estimate.
        position: place within the round, from 0.
        cpu_seconds: the contender's own CPU time, all threads.
        idle_cpu_seconds: CPU time of each of the others, who should have been at rest.
        foreign_seconds: CPU time of everybody else on the usable cores; None where the system does not tell.
        stolen_seconds: what the hypervisor took of them.
        splits: its parts, in order; their iterations and seconds add up to the window's.
        marks: what was wrong with it, if anything; a marked window is shown, and counts like any other.
    """

    contender: str
    incarnation: Count
    round: Count
    position: Count
    iterations: AtLeastOne
    seconds: Took
    cpu_seconds: Finite
    idle_cpu_seconds: dict[str, Finite] = Field(default_factory=dict)
    foreign_seconds: Finite | None = None
    stolen_seconds: Finite | None = None
    frequency_mhz: Finite | None = None
    gpu: GpuState | None = None
    splits: tuple[Split, ...] = ()
    marks: tuple[str, ...] = ()


class EnergyWindow(RecordPart):
    """`iterations` of one contender, not timed but weighed; without a contender: all were at rest.

    `joules` are the counter's that `source` names, `sampled_joules` the integral of power readings meanwhile, None
    where there are none.
    """

    contender: str
    incarnation: Count
    iterations: Count
    seconds: Took
    joules: Finite
    sampled_joules: Finite | None = None
    source: str


class Failure(RecordPart):
    """Why a contender was out from some incarnation on."""

    contender: str
    incarnation: Count
    reason: str


class RaceRecord(RecordPart):
    """One race: contenders that differ in engine, execution or precision only, on one model, data set and shape.

    `seconds` is what its incarnations took. Each window has its own iterations; `iterations` stands in older
    records, where all contenders' windows had as many.
    `energy_reason` says why no energy could be measured. `calibrations` are those of this machine and device that were
    there when the race was last held, the newest first.
    """

    schema_version: int = SCHEMA
    label: str
    entries: list[Entry] = Field(min_length=1)
    reference: str
    rules: Rules
    host: Host
    environment: Environment
    gpu: GpuIdentity | None = None
    calibrations: list[Calibration] = Field(default_factory=list)
    started_at: str
    state: State = "unfinished"
    seconds: Seconds = 0.0
    iterations: Count | None = None
    incarnations: int = Field(0, ge=0, le=_MOST_INCARNATIONS)
    starts: list[Start] = Field(default_factory=list)
    windows: Rows[Window] = Field(default_factory=list)
    failures: list[Failure] = Field(default_factory=list)
    energy: list[EnergyWindow] = Field(default_factory=list)
    energy_reason: str = ""

    @model_validator(mode="after")
    def _names_its_entries(self) -> RaceRecord:
        names = [entry.name for entry in self.entries]
        if len(set(names)) < len(names) or self.reference not in names:
            raise ValueError("every contender has a name of its own, and the reference is one of them")
        return self


def save_race(record: RaceRecord, path: Path) -> None:
    """Write `path` atomically, without spaces; windows, of which there are thousands, are packed."""
    write_text(path, record.model_dump_json() + "\n")


def load_race(path: Path) -> RaceRecord | None:
    """The record in `path`, or None if there is none yet.

    Raises:
        BadInput: the file is not a record of this schema.
    """
    if not path.exists():
        return None
    try:
        return read_model(path, RaceRecord, f"the record of a race of schema {SCHEMA}")
    except BadInput as error:
        raise BadInput(f"{str(error).removesuffix('.')}: move it away or choose --out.") from error


def load_races(run: RunFolder) -> list[RaceRecord]:
    """The races of a run, in the order of their folders' names.

    Raises:
        BadInput: one of them is damaged.
    """
    races = [load_race(path) for path in run.race_files()]
    return [race for race in races if race is not None]


def check_continues(new: RaceRecord, old: RaceRecord, path: Path) -> None:
    """That windows of `new` may join those of `old`: same contenders, rules of timing, machine and software.

    Contenders may come in another order, each incarnation draws its own. How exact and how long a race shall be may
    change from call to call.

    Raises:
        BadInput: they differ; the message says in what.
    """
    may_change = {"precision", "minutes", "margin", "incarnations"}
    pairs = {
        "contenders": (_by_name(new.entries), _by_name(old.entries)),
        "rules": (new.rules.model_dump(exclude=may_change), old.rules.model_dump(exclude=may_change)),
        "machine": ((new.host, new.gpu), (old.host, old.gpu)),
        "software": (_software(new), _software(old)),
    }
    for what, (mine, theirs) in pairs.items():
        if mine != theirs:
            raise BadInput(f"{path} holds a race with other {what}: choose another folder with --out, or remove it.")


def _by_name(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _software(record: RaceRecord) -> tuple[object, ...]:
    """What the speed depends on; whether other files of the checkout changed does not matter."""
    environment = record.environment
    return environment.python, environment.versions, environment.git_commit
