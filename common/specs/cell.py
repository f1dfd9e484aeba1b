"""A cell: everything that determines one training, and the identity that follows from it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from common.errors import BadInput, unknown_name
from common.specs.base import Name, Spec, shared
from common.specs.engines import ENGINES, STOCK, Execution, Precision
from common.specs.judge import JudgeSpec
from common.specs.models import ModelSpec
from common.specs.phases import Phase

S = TypeVar("S", bound=Spec)

# the fields in which the contenders of one comparison differ
CONTENDER = ("engine", "execution", "precision", "stock")

# what describes a cell but changes no weight: with another citation, cadence or judge it is the same training
_NO_IDENTITY = {"model": "source", "training": "checkpoint_every"}


def _printable(name: str) -> str:
    if not 0 < len(name) <= 4096 or not name.isprintable():  # folder:PATH can be nearly anything
        raise ValueError("a name of letters that can be printed is needed")
    return name


@lru_cache(maxsize=4096)  # of thousands of cells most differ in nothing but the seed
def _part(name: str, value: Any) -> str:
    """A field as it stands in an identity."""
    plain = value.model_dump(mode="json", exclude={_NO_IDENTITY[name]}) if name in _NO_IDENTITY else value
    return f'"{name}":{json.dumps(plain, sort_keys=True, separators=(",", ":"))}'


class TrainingSpec(Spec):
    """How long and on what a model is trained; an epoch is one pass over the images, a last short batch dropped.

    Growing networks train several phases, whose lengths are given in units of `epochs`. `resize` names how pictures are
    brought to `image_size` (None: the data set's own way).
    """

    epochs: int = Field(5, ge=1, le=100_000)
    batch_size: int = Field(64, ge=2, le=100_000)
    max_images: int | None = Field(None, ge=1)
    image_size: int = 32
    resize: str | None = None
    flip: bool = False
    sample_count: int = Field(1000, ge=1, le=1_000_000)
    checkpoint_every: int = Field(1, ge=1)


class Cell(Spec):
    """One training: model x engine x dataset x seed x execution x precision x device, with all constants resolved.

    `stock` leaves out what the engine does beyond its framework's defaults but for execution and precision.
    `device` is a kind: which of several GPUs trains a cell changes no number, and goes to the record. `judge` says how
    samples are scored; it does not change the training, so it is no part of the identity.
    """

    model: Annotated[ModelSpec, shared(ModelSpec)]
    engine: Name
    dataset: Annotated[str, AfterValidator(_printable)]
    seed: int = Field(0, ge=0, lt=2**63)
    execution: Execution
    precision: Precision = "fp32"
    stock: bool = False
    device: Literal["cpu", "cuda"] = "cpu"
    training: Annotated[TrainingSpec, shared(TrainingSpec)]
    judge: Annotated[JudgeSpec, shared(JudgeSpec)] = JudgeSpec()

    def phases(self) -> list[Phase]:
        """The phases of this training, in order; one for networks that do not grow."""
        training = self.training
        return self.model.network.phases(training.image_size, training.epochs, training.batch_size)

    def judged_epochs(self) -> list[int]:
        """The epochs, counted from 1, after which the generator is to be scored: every `judge.every` and the last; none
        without `judge.every`. Growing networks are scored once they are grown and nothing is faded in any more."""
        every, phases = self.judge.every, self.phases()
        if every is None:
            return []
        of_epoch = [phase for phase in phases for _ in range(phase.epochs)]
        grown = [each.resolution == phases[-1].resolution and not each.fading for each in of_epoch]
        last = len(of_epoch)
        return [epoch for epoch in range(1, last + 1) if epoch == last or (epoch % every == 0 and grown[epoch - 1])]

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the cell's identity: equal trainings, equal id."""
        return hashlib.sha256(self.identity().encode()).hexdigest()[:12]

    def identity(self, *but: str) -> str:
        """All that determines the training as canonical JSON, but for the fields named: seed, engine, execution.

        Provenance (a model's source), cadence (how often checkpoints are written) and judge are no part of it.
        """
        if but not in self._identities:
            # there are identities of before stock
            left_out = {"judge", *but} if self.stock else {"judge", "stock", *but}
            parts = [_part(name, getattr(self, name)) for name in _FIELDS if name not in left_out]
            # cells that differ in the seed alone share most
            self._identities[but] = sys.intern(f"{{{','.join(parts)}}}")
        return self._identities[but]

    @cached_property
    def _identities(self) -> dict[tuple[str, ...], str]:
        return {}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, which is another cell if it says so: it forgets who it was."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("id", "contender", "_identities"):
            copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def contender(self) -> str:
        """Engine and how it trains, as tables name it: "torch eager", "keras-tf compiled bf16"."""
        parts = [self.engine, self.execution, *([self.precision] if self.precision != "fp32" else [])]
        return " ".join([*parts, *([STOCK] if self.stock else [])])

    @property
    def region(self) -> str:
        """What of an iteration is compiled as one, in words; "nothing" where the execution is eager."""
        known = ENGINES.get(self.engine)  # a record may be of a plug-in that is not here
        return known.regions.get(self.execution, "nothing") if known else "nothing"

    @property
    def label(self) -> str:
        """A readable, unique folder name: model, dataset, seed, contender and id."""
        contender = self.contender.replace(" ", "-")
        return f"{self.model.name}-{self.dataset}-s{self.seed}-{contender}-{self.id}"


# in the order of an identity
_FIELDS = sorted(Cell.model_fields)


def baseline_first(cell: Cell) -> tuple[bool, bool, bool, bool]:
    """Sorts contenders: whom the others are compared with, torch eager in float32, or what is nearest to it, first."""
    return cell.engine != "torch", cell.execution != "eager", cell.precision != "fp32", cell.stock


def override(spec: S, changes: dict[str, Any]) -> S:
    """A copy of `spec` with dotted fields changed and validated: {"network.width": 32}.

    Raises:
        BadInput: no such field (the nearest one is named) or a value that the field refuses.
    """
    data = spec.model_dump()
    for path, value in changes.items():
        *parents, leaf = path.split(".")
        node: Any = data
        for part in parents:
            node = node.get(part) if isinstance(node, dict) else None
        if not isinstance(node, dict) or leaf not in node:
            raise unknown_name("field", path, _dotted(data))
        node[leaf] = value
    return validated(type(spec), data)


def validated(kind: type[S], data: Any) -> S:
    """Validate `data` as a spec of type `kind`; the first problem becomes one sentence that names the field.

    Raises:
        BadInput: the data do not describe such a spec.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or kind.__name__
        raise BadInput(f"{field}: {first['msg']} (got {first['input']!r}).") from error


def _dotted(data: dict[str, Any], prefix: str = "") -> list[str]:
    names = []
    for key, value in data.items():
        names += _dotted(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return names
