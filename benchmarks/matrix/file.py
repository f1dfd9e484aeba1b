"""Matrix files: TOML that names models, engines, data sets and seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from benchmarks.results.aims import Aims, read_aims
from common.errors import BadInput, unknown_name
from common.specs.base import Spec
from common.specs.cell import validated
from common.specs.engines import Precision
from common.specs.judge import JudgeSpec
from common.untrusted import parse_toml, read_text

SHIPPED = Path(__file__).parent / "shipped"


class JudgeTable(JudgeSpec):
    """The table [judge] of a matrix: how samples are scored, and in `quality` which scores are good enough, by name.
    Such thresholds change no score, so they are no part of a cell."""

    quality: dict[str, Any] = Field(default_factory=dict)

    def spec(self) -> JudgeSpec:
        """What of it belongs to cells."""
        return JudgeSpec(**{name: getattr(self, name) for name in JudgeSpec.model_fields})


def _plain(name: str) -> str:
    if name in ("", ".", "..") or "/" in name or not name.isprintable():
        raise ValueError("the folder of its runs is called so: write a plain name")
    return name


class Matrix(Spec):
    """What a matrix file says. An engine is a contender (`common.specs.engines`): `name` (its default
    execution, `precision`), `name:execution`, `name:execution:precision` or `name:tier`.

    `only.<model>` names the data sets that this model runs on, of those in `datasets`; a model without runs on all.
    `training` holds fields of TrainingSpec, `judge` those of JudgeSpec; `overrides.<model>` holds dotted fields of that
    model's spec, and, below `training`, of its training. `sweep` takes such fields through lists of values: every
    combination is a variant of all cells. `margins` and `judge.quality` are what comparisons conclude from
    (benchmarks/results/aims.py).
    """

    name: Annotated[str, AfterValidator(_plain)]
    models: tuple[str, ...] = Field(min_length=1)
    engines: tuple[str, ...] = Field(min_length=1)
    datasets: tuple[str, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    device: str = "auto"
    precision: Precision = "fp32"
    judge: JudgeTable = JudgeTable()
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    sweep: dict[str, Any] = Field(default_factory=dict)
    margins: dict[str, Any] = Field(default_factory=dict)

    def aims(self) -> Aims:
        """What the run is to decide.

        Raises:
            BadInput: a score that does not exist, a value that does not fit, or thresholds where only the end of a
                training is scored.
        """
        if self.judge.quality and self.judge.every is None:
            raise BadInput(
                "judge.quality asks when a score is reached, but only the end of a training is scored: say in [judge] "
                "how many epochs apart to look, as in every = 1."
            )
        return read_aims(self.margins, self.judge.quality)


def shipped_matrices() -> list[str]:
    """The names of the matrices that come with ganbench."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_matrix(name_or_path: str) -> Matrix:
    """Read a matrix file, or the shipped matrix of that name.

    Raises:
        BadInput: no such file or name, malformed TOML (with its line), or a field that does not exist or fit.
    """
    path = SHIPPED / f"{name_or_path}.toml"
    if name_or_path not in shipped_matrices():
        path = Path(name_or_path)
        if not path.is_file():
            looks_like_path = "/" in name_or_path or path.suffix == ".toml"
            if looks_like_path:
                raise BadInput(
                    f"There is no matrix file {path}: give an existing TOML file or one of the shipped matrices "
                    f"({', '.join(shipped_matrices())})."
                )
            raise unknown_name("matrix", name_or_path, shipped_matrices())
    try:
        text = read_text(path)
    except BadInput as error:
        raise BadInput(f"{str(error).removesuffix('.')}: a matrix is a TOML file.") from error
    try:
        return parse_matrix(text, default_name=path.stem)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def parse_matrix(text: str, default_name: str = "matrix") -> Matrix:
    """A matrix from TOML text.

    Raises:
        BadInput: malformed TOML (with its line), or a field that does not exist or does not fit.
    """
    data = parse_toml(text)
    fields = list(Matrix.model_fields)
    for key in data:
        if key not in fields:
            raise unknown_name("matrix field", key, fields)
    matrix = validated(Matrix, {"name": default_name, **data})
    matrix.aims()  # a wrong name is found before anything is trained
    return matrix
