"""What `run --prove` climbs, keeps and says of each cell; the climbs are made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.parity import command
from benchmarks.parity.jobs import Route
from benchmarks.parity.ladder import RungResult
from benchmarks.parity.proofs import prove
from benchmarks.parity.record import current_provenance
from benchmarks.results.records import Environment, Proof, Record
from benchmarks.results.run_folder import RunFolder
from common.errors import GanbenchError
from common.specs.cell import Cell

MATRIX = """
models = ["dcgan", "wgan"]
engines = ["torch", "torch:plain", "keras-tf", "keras-tf:compiled:bf16", "keras-jax"]
datasets = ["mnist-5k"]
seeds = [3, 4]
device = "cpu"
[training]
image_size = 16
batch_size = 12
"""
HERE = Environment(python="3", platform="none", versions={"torch": "2"}, git_commit="0123", git_dirty=False)
# what a climb of an engine finds, by execution
ERRORS = {"keras-tf graph": 3e-15, "keras-tf compiled": 5e-15, "keras-jax compiled": 2e-15}


class Climbs:
    """Climbs that are made up: which there were, and what they find."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self.errors = dict(ERRORS)
        self.crash: set[str] = set()

    def climb(self, route: Route, engine: str, *how: Any) -> list[RungResult]:
        self.made.append((route.cell.model.name, engine))
        if engine in self.crash:
            raise GanbenchError("The parity worker ended with -9.")
        rows = []
        for execution in route.executions[engine]:
            for rung, error in ((2, 1e-16), (4, self.errors[f"{engine} {execution}"])):
                rows.append(
                    RungResult(
                        model="", engine=engine, execution=execution, precision="fp64", phase="stable 16x16",
                        rung=rung, name="gradients", error=error, tolerance=1e-10, passed=error <= 1e-10,
                    )
                )  # fmt: skip
        return rows


@pytest.fixture
def climbs(monkeypatch: pytest.MonkeyPatch) -> Climbs:
    made = Climbs()
    monkeypatch.setattr(command, "climb", made.climb)
    monkeypatch.setattr(command.Reference, "of", lambda route, *how: route)
    provenance = current_provenance(None, False).model_copy(update={"environment": HERE})
    monkeypatch.setattr(command, "current_provenance", lambda *how: provenance)
    return made


def cells_of(*settings: tuple[str, Any], models: tuple[str, ...] | None = None) -> list[Cell]:
    return expand(parse_matrix(MATRIX), Selection(models=models, settings=dict(settings)))


def by_contender(cells: list[Cell], proofs: dict[str, Proof], model: str = "dcgan") -> dict[str, Proof]:
    mine = [cell for cell in cells if cell.model.name == model and cell.id in proofs]
    found = {cell.contender: proofs[cell.id] for cell in mine}
    assert all(proofs[cell.id] == found[cell.contender] for cell in mine)  # seeds share it
    return found


def test_every_training_is_climbed_once_and_every_cell_gets_what_is_about_it(climbs: Climbs, tmp_path: Path) -> None:
    cells, said = cells_of(), list[str]()
    proofs = prove(cells, RunFolder(tmp_path), say=said.append)
    assert sorted(climbs.made) == [(m, e) for m in ("dcgan", "wgan") for e in ("keras-jax", "keras-tf")]
    assert "Proving dcgan mnist-5k: torch against keras-jax" in said
    found = by_contender(cells, proofs)
    assert {name: proof.error for name, proof in found.items()} == {
        "torch eager": 5e-15, "keras-tf graph": 3e-15, "keras-tf compiled bf16": 5e-15, "keras-jax compiled": 2e-15,
    }  # fmt: skip
    assert all(proof.held and proof.reason is None and proof.iterations == 3 for proof in found.values())
    assert found["keras-tf graph"].against == ("torch eager",)
    assert set(found["torch eager"].against) == set(ERRORS)
    assert (found["keras-tf graph"].rungs, found["torch eager"].rungs) == (2, 6)


def test_a_resumed_run_climbs_what_is_new_only(climbs: Climbs, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    first = prove(cells_of(models=("dcgan",)), run)
    assert prove(cells_of(models=("dcgan",)), run) == first
    assert len(climbs.made) == 2
    prove(cells_of(("training.batch_size", 8), models=("dcgan",)), run)  # another training under the same name
    assert len(climbs.made) == 4
    prove(cells_of(models=("wgan",)), run)
    assert len(climbs.made) == 6


def test_sources_with_changes_are_proven_again(climbs: Climbs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = command.current_provenance(None, False)
    changed = changed.model_copy(update={"environment": HERE.model_copy(update={"git_dirty": True})})
    monkeypatch.setattr(command, "current_provenance", lambda *how: changed)
    for _ in range(2):
        prove(cells_of(models=("dcgan",)), RunFolder(tmp_path))
    assert len(climbs.made) == 4


def test_one_twin_that_is_not_equal_fails_alone(climbs: Climbs, tmp_path: Path) -> None:
    climbs.errors["keras-tf graph"] = 3e-4
    cells = cells_of(models=("dcgan",))
    found = by_contender(cells, prove(cells, RunFolder(tmp_path)))
    wrong = found["keras-tf graph"]
    assert (wrong.held, wrong.error) == (False, 3e-4)
    assert wrong.reason == (
        "torch eager and keras-tf graph are not equal: gradients, stable 16x16: 3.0e-04, where 1e-10 is allowed."
    )
    assert [name for name, proof in found.items() if not proof.held] == ["keras-tf graph"]
    assert set(found["torch eager"].against) == {"keras-tf compiled", "keras-jax compiled"}
    assert found["torch eager"].error == 5e-15


def test_torch_is_not_proven_where_none_of_its_twins_is(climbs: Climbs, tmp_path: Path) -> None:
    climbs.errors = dict.fromkeys(ERRORS, float("inf"))
    climbs.crash = {"keras-jax"}
    cells = cells_of(models=("dcgan",))
    found = by_contender(cells, prove(cells, RunFolder(tmp_path)))
    assert not any(proof.held for proof in found.values())
    crashed = found["keras-jax compiled"]
    assert (crashed.error, crashed.rungs) == (None, 0)
    assert crashed.reason == (
        "torch eager and keras-jax compiled could not be compared: The parity worker ended with -9."
    )
    assert found["torch eager"].error is None


def test_cells_that_no_climb_is_about_have_no_proof(climbs: Climbs, tmp_path: Path) -> None:
    stock = [cell for cell in cells_of() if cell.stock]
    assert stock
    assert prove(stock, RunFolder(tmp_path)) == {}
    assert prove([cell for cell in cells_of() if cell.contender == "torch eager"], RunFolder(tmp_path)) == {}
    assert climbs.made == []


def test_what_was_trained_by_other_sources_is_not_called_proven(
    climbs: Climbs, tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    run, cells = RunFolder(tmp_path), cells_of(models=("dcgan",))
    older = HERE.model_copy(update={"git_commit": "older"})
    for cell, environment in ((cells[0], HERE), (cells[2], older)):
        run.of(cell).create(cell)
        run.of(cell).save_record(make_record().model_copy(update={"cell": cell, "environment": environment}))
    said = list[str]()
    proofs = prove(cells, run, say=said.append)
    assert said[-1].startswith("1 of the cells were trained by other sources than are proven now")
    assert cells[0].id in proofs
    assert cells[2].id not in proofs


def test_a_training_whose_cells_all_have_a_proof_is_not_climbed(
    climbs: Climbs, tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    run, cells = RunFolder(tmp_path), [cell for cell in cells_of(models=("dcgan",)) if not cell.stock]
    proofs = prove(cells, run)
    run.proofs_file.unlink()
    for cell in cells:
        run.of(cell).create(cell)
        run.of(cell).save_record(make_record().model_copy(update={"cell": cell, "proof": proofs[cell.id]}))
    assert prove(cells, run) == {}
    assert len(climbs.made) == 2


@pytest.mark.parametrize("status", ["failed", "timed out", "out of memory"])
def test_a_training_that_did_not_end_is_proven_as_one_to_come(
    climbs: Climbs, tmp_path: Path, make_record: Callable[..., Record], status: str
) -> None:
    """It is trained now, by what is proven now, whatever had begun it."""
    run, cells = RunFolder(tmp_path), cells_of(models=("dcgan",))
    older = HERE.model_copy(update={"git_commit": "older"})
    run.of(cells[0]).create(cells[0])
    begun = {"cell": cells[0], "environment": older, "status": status, "training": None}
    run.of(cells[0]).save_record(make_record().model_copy(update=begun))
    assert cells[0].id in prove(cells, run)
