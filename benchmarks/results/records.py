"""The record of a cell: one validated JSON file that holds everything a table or figure is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmarks.results.packed import Numbers
from common.errors import BadInput
from common.metrics.score import Score
from common.specs.cell import Cell
from common.untrusted import read_model

SCHEMA = 2
Status = Literal["finished", "diverged", "timed out", "out of memory", "failed"]
P = TypeVar("P", bound=BaseModel)
# each has a panel in figures, or a column in tables
_MOST_LOSSES, _MOST_SCORES = 32, 500
# what a clock can tell from nothing
_SHORTEST = 1e-9
# numbers to compute with, whoever wrote them: none is negative, infinite, or beyond what arithmetic can hold
Count = Annotated[int, Field(ge=0, lt=2**53)]
AtLeastOne = Annotated[int, Field(ge=1, lt=2**53)]
Seconds = Annotated[float, Field(ge=0.0, lt=1e12, allow_inf_nan=False)]
Took = Annotated[float, Field(ge=_SHORTEST, lt=1e12, allow_inf_nan=False)]
Finite = Annotated[float, Field(gt=-1e30, lt=1e30, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, lt=1e30, allow_inf_nan=False)]


class RecordPart(BaseModel):
    """A part of a record; unknown fields are refused so that a typing error never loses a number."""

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")


class Epoch(RecordPart):
    """The clock of one epoch. A phase's first iteration in a process is accounted as `compile`, not as `timed`.

    `foreign_share` is what other processes used of the cores while the epoch was timed, 0 to 1.
    """

    epoch: Count
    resolution: Count | None = None
    fading: bool = False
    iterations: AtLeastOne | None = None
    timed_iterations: Count
    train_seconds: Seconds
    data_wait_seconds: Seconds
    sampling_seconds: Seconds
    checkpoint_seconds: Seconds
    foreign_share: Finite | None = None

    @model_validator(mode="after")
    def _has_taken_time(self) -> Epoch:
        if self.timed_iterations and self.train_seconds < _SHORTEST:
            raise ValueError(f"{self.timed_iterations} iterations took no time")
        return self


class Clocks(RecordPart):
    """Separate accounts, in seconds of the monotonic clock; never added up across each other."""

    startup_seconds: Seconds
    compile_seconds: Seconds
    final_sampling_seconds: Seconds
    epochs: list[Epoch]


class Hardware(RecordPart):
    """Where the cell ran; `device` and `used` are the framework's proof, not the wish.

    `device_index` is the number of the GPU among those of the machine, which the cell itself sees as number 0.
    """

    device: str
    used: str
    device_index: Count | None = None
    threads: Count
    processor: str
    cores: Count
    memory_bytes: Count
    peak_process_bytes: Count
    peak_device_bytes: Count | None = None
    notes: tuple[str, ...] = ()


class Environment(RecordPart):
    """Software that produced the numbers; `plugins` are those that were there to be used (common.plugins.in_use)."""

    python: str
    platform: str
    versions: dict[str, str]
    plugins: dict[str, str] = Field(default_factory=dict)
    git_commit: str | None
    git_dirty: bool | None


class DataUsed(RecordPart):
    """Which images were trained on; `variant` names pixels that are not the published ones."""

    name: str
    split: str
    images: Count
    sha256: str
    variant: str = ""


class Training(RecordPart):
    """What the training loop measured; `losses` has one value per iteration, in order, by name; in a file
    they are packed (`benchmarks.results.packed`), older ones hold lists.

    `clocks` is None where any of it was trained without a stopwatch, beside other cells.
    """

    clocks: Clocks | None
    losses: dict[str, Numbers] = Field(max_length=_MOST_LOSSES)
    hardware: Hardware
    iterations_per_epoch: AtLeastOne
    images_per_iteration: AtLeastOne
    parameters: dict[str, Count]
    resumed_at_epochs: list[Count] = Field(default_factory=list)


class Repeat(RecordPart):
    """The cell trained once more in a process of its own, to be timed again; `same_weights` is whether the trained
    generator came out bit for bit as the first time."""

    clocks: Clocks
    hardware: Hardware
    same_weights: bool


class JudgedEpoch(RecordPart):
    """Scores by name of the generator after `epoch` epochs, under the protocols of the record's own scores."""

    epoch: Count
    scores: dict[str, Finite]


class Proof(RecordPart):
    """What the parity ladder found on a cell's own training, reduced in iterations only, in float64 (`run --prove`).

    Attributes:
        error: the largest of all rungs; None where they could not be measured.
        held: whether every rung was measured and is within its tolerance.
        rungs: how many were compared, in all phases of growing networks that are.
        iterations: how many were trained.
        precision, device: what was computed in, and where.
        against: whom the cell was compared with: torch eager, or where the cell is that, its twins.
        environment: the software that was proven.
        reason: why it does not hold, in one sentence.
    """

    error: float | None
    held: bool
    rungs: Count
    iterations: Count
    precision: str = "fp64"
    device: Literal["cpu", "cuda"]
    against: tuple[str, ...]
    environment: Environment
    reason: str | None = None

    def covers(self, environment: Environment) -> bool:
        """Whether what was trained in `environment` is known to be of the sources and versions that were proven."""
        return environment == self.environment and environment.git_dirty is False


class WorkerResult(RecordPart):
    """What a worker leaves behind as result.json when its training ended well: the measured half of a record."""

    training: Training
    environment: Environment
    data: DataUsed


class Record(RecordPart):
    """One cell: what was asked, where it ran, how long it took, how good it is, or why there is nothing to tell.

    `repeats` are further processes at equal seed; times are theirs as well, everything else is the first one's.
    `metrics` are of the final generator. `history` has all generators that were scored on the way, the final one last,
    and `best_epoch` says which of them the judge's main score likes best. `crashes` tell how workers ended before the
    one that this record is about went on from their last checkpoint. `proof` is there if it was asked for.
    """

    schema_version: int = SCHEMA
    id: str
    cell: Cell
    status: Status
    reason: str | None = None
    diverged_in_epoch: Count | None = None
    crashes: list[str] = Field(default_factory=list)
    finished_at: str
    environment: Environment
    data: DataUsed | None = None
    training: Training | None = None
    metrics: dict[str, Score] = Field(default_factory=dict, max_length=_MOST_SCORES)
    metrics_reason: str | None = None
    history: list[JudgedEpoch] = Field(default_factory=list)
    best_epoch: Count | None = None
    scoring_failed: bool = False
    repeats: list[Repeat] = Field(default_factory=list)
    proof: Proof | None = None

    @property
    def settled(self) -> bool:
        """Whether the training has come to its end, good or bad: another attempt would end the same way."""
        return self.status in ("finished", "diverged")


def load_record(path: Path) -> Record:
    """Read one record.

    Raises:
        BadInput: the file is not a record of this schema; the message names the file and the first wrong field.
    """
    return read_model(path, Record, f"a record of schema {SCHEMA}")


def read_part(path: Path, kind: type[P]) -> P | None:
    """The part of a record in the JSON file `path`; None if there is none, or none of this version."""
    try:
        return read_model(path, kind, "of this version")
    except BadInput:
        return None
