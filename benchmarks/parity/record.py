"""What was measured on the ladder, kept beside the page that is made from it: one climb per model and engine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, field_serializer, field_validator

from benchmarks.machine.environment import collect_environment, processor_name
from benchmarks.parity.ladder import RungResult
from benchmarks.results.records import Environment, RecordPart
from common.errors import BadInput
from common.files import write_text
from common.untrusted import read_model


class Provenance(RecordPart):
    """What a climb was made with; climbs of one provenance are one measurement."""

    environment: Environment
    processor: str
    executions: tuple[str, ...] | None
    mutations: bool


class Climb(RecordPart):
    """All rungs of one model between torch and one engine; `failure` says why there are none.

    `model` is the name of the route where that is a matrix' own training; `training` is `Route.training`.
    """

    model: str
    engine: str
    provenance: Provenance
    training: str | None = None
    rows: list[RungResult] = Field(default_factory=list)
    failure: str | None = None

    @field_serializer("rows", when_used="json")
    def _as_columns(self, rows: list[RungResult]) -> dict[str, Any]:
        """In the file each field is a list, or one value if all rungs but their names share it: a third of the size."""
        columns = {name: [getattr(row, name) for row in rows] for name in RungResult.model_fields}
        return {
            name: values if name == "name" or not _all_equal(values) else values[0] for name, values in columns.items()
        }

    @field_validator("rows", mode="before")
    @classmethod
    def _from_columns(cls, columns: Any) -> Any:
        if not isinstance(columns, dict):
            return columns
        count = len(columns["name"]) if isinstance(columns.get("name"), list) else 0
        lists = {name: each if isinstance(each, list) else [each] * count for name, each in columns.items()}
        if any(len(each) != count for each in lists.values()):
            raise ValueError("its columns have different lengths")
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]

    @property
    def passed(self) -> bool:
        """Whether every rung was measured and holds."""
        return self.failure is None and all(row.passed for row in self.rows)


class ClimbList(RecordPart):
    """The file."""

    schema_version: int = 2
    climbs: list[Climb]


def _all_equal(values: list[Any]) -> bool:
    return len({repr(each) for each in values}) == 1


def current_provenance(executions: Iterable[str] | None, mutations: bool) -> Provenance:
    """The provenance of a climb that is made now."""
    return Provenance(
        environment=collect_environment(),
        processor=processor_name(),
        executions=None if executions is None else tuple(executions),
        mutations=mutations,
    )


def read_climbs(path: Path) -> list[Climb]:
    """The climbs in `path`; none if there is no such file.

    Raises:
        BadInput: the file is damaged or of another version.
    """
    if not path.exists():
        return []
    try:
        return read_model(path, ClimbList, "a record of climbs").climbs
    except BadInput as error:
        raise BadInput(f"{path} cannot be read as a record of climbs: move it away to start afresh.") from error


def write_climbs(path: Path, climbs: Iterable[Climb]) -> None:
    """Replace `path` atomically."""
    write_text(path, ClimbList(climbs=list(climbs)).model_dump_json() + "\n")
