"""What `ganbench parity` keeps, repeats, forgives and writes; the climbs themselves are made up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.cli.parity import check_parity
from benchmarks.parity import command, ladder, report
from benchmarks.parity.command import Task, climb_task
from benchmarks.parity.compare import LADDER
from benchmarks.parity.jobs import Job, parity_cell, small_route
from benchmarks.parity.ladder import ROUNDING, Reference, RungResult
from benchmarks.parity.record import Climb, current_provenance, read_climbs, write_climbs
from common.errors import BadInput, GanbenchError
from common.specs.models import model_spec

Calls = list[tuple[str, str]]


def row(model: str = "dcgan", engine: str = "keras-tf", **changes: Any) -> RungResult:
    usual = {"execution": "graph", "precision": "fp64", "phase": "stable 16x16", "rung": 4, "name": "gradients"}
    return RungResult.model_validate(
        {**usual, "model": model, "engine": engine, "error": 1e-14, "tolerance": 1e-10, "passed": True, **changes}
    )


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Climbs are made up: every one is written down and holds, but that of lsgan fails."""
    made: Calls = []

    def climb(reference: str, engine: str, *how: Any) -> list[RungResult]:
        made.append((reference, engine))
        if reference == "lsgan":
            raise GanbenchError("The parity worker ended with -9.")
        return [row(reference, engine)]

    monkeypatch.setattr(command, "climb", climb)
    monkeypatch.setattr(command.Reference, "of", lambda route, *how: route.cell.model.name)
    monkeypatch.setattr(report, "FINDINGS", ())
    return made


def clean(monkeypatch: pytest.MonkeyPatch, dirty: bool = False) -> None:
    def protocol(*arguments: Any) -> Any:
        found = current_provenance(*arguments)
        return found.model_copy(update={"environment": found.environment.model_copy(update={"git_dirty": dirty})})

    monkeypatch.setattr(command, "current_provenance", protocol)


def test_every_model_is_held_against_every_engine(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_parity(("dcgan", "wgan"), None, None, as_json=True) == 0
    expected = [(model, engine) for model in ("dcgan", "wgan") for engine in ("keras-tf", "keras-jax", "keras-torch")]
    assert sorted(calls) == sorted(expected)
    assert [(each["model"], each["engine"]) for each in json.loads(capsys.readouterr().out)] == expected


def test_a_crashed_worker_costs_its_own_climb_only(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_parity(("lsgan", "wgan"), ("keras-tf",), None, out=tmp_path / "page.md") == 1
    assert "lsgan, keras-tf: The parity worker ended with -9." in capsys.readouterr().err
    page = (tmp_path / "page.md").read_text()
    assert "**Not measured:**\n\n- lsgan, keras-tf: The parity worker ended with -9." in page
    assert re.search(r"\| wgan +\| keras-tf +\| graph ", page)


def test_the_record_keeps_earlier_climbs_and_replaces_repeated_ones(calls: Calls, tmp_path: Path) -> None:
    for models in (["wgan"], ["dcgan", "wgan"]):
        climb_task(Task(models, ["keras-tf"]), out=tmp_path / "page.md")
    assert sorted(calls) == [("dcgan", "keras-tf"), ("wgan", "keras-tf"), ("wgan", "keras-tf")]
    assert [each.model for each in read_climbs(tmp_path / "page.json")] == ["dcgan", "wgan"]


@pytest.mark.parametrize(
    ("mutations", "dirty", "repeated"), [(True, False, 0), (False, False, 1), (True, True, 1)], ids=str
)
def test_resuming_repeats_nothing_that_was_made_with_these_sources(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mutations: bool, dirty: bool, repeated: int
) -> None:
    clean(monkeypatch, dirty)
    climb_task(Task(["wgan"], ["keras-tf"]), out=tmp_path / "page.md")
    task = Task(["dcgan", "wgan", "lsgan"], ["keras-tf"], mutations=mutations)
    climb_task(task, out=tmp_path / "page.md", resume=True)
    assert calls.count(("wgan", "keras-tf")) == 1 + repeated
    assert calls.count(("dcgan", "keras-tf")) == 1


def test_resuming_repeats_what_was_climbed_on_another_training(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean(monkeypatch)
    for dataset in ("mnist-5k", "mnist-5k", "toy-shapes"):
        climb_task(Task(["wgan"], ["keras-tf"], dataset=dataset), out=tmp_path / "climbs.json", resume=True)
    assert calls == [("wgan", "keras-tf")] * 2


def test_a_damaged_record_is_not_overwritten(calls: Calls, tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text('{"climbs": [')
    with pytest.raises(BadInput, match="move it away to start afresh"):
        climb_task(Task(["wgan"], ["keras-tf"]), out=tmp_path / "page.md")
    assert calls == []
    assert (tmp_path / "page.json").read_text() == '{"climbs": ['


# --- the page -------------------------------------------------------------------------------------------------------


def page(*rows: RungResult, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(report, "FINDINGS", ())
    protocol = current_provenance(None, True)
    return report.parity_page([Climb(model="dcgan", engine="keras-tf", provenance=protocol, rows=list(rows))])


def test_a_cell_is_the_largest_error_of_all_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(row(error=1e-13), row(phase="fading 16x16", error=3e-13), monkeypatch=monkeypatch)
    assert "2 of 2 rungs hold." in text
    assert "| 3.0e-13 " in text
    assert "1.0e-13" not in text


def test_a_rung_that_does_not_hold_is_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(row(error=1e-9, passed=False), row(phase="fading 16x16"), monkeypatch=monkeypatch)
    assert "1 of 2 rungs hold." in text
    assert "| **1.0e-09** " in text


def test_a_gradient_within_torchs_rounding_names_the_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(row(precision="fp32", error=2e-3, tolerance=4e-3), monkeypatch=monkeypatch)
    assert f"| 2.0e-03 (torch's rounding {4e-3 / ROUNDING:.1e}) |" in text


def test_climbs_of_two_protocols_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "FINDINGS", ())
    whole, part = current_provenance(None, True), current_provenance(None, False)
    climbs = [Climb(model=model, engine="keras-tf", provenance=whole, rows=[row(model)]) for model in ("dcgan", "wgan")]
    climbs.append(Climb(model="wgan", engine="keras-jax", provenance=part, rows=[row("wgan", "keras-jax")]))
    lines = [line for line in report.parity_page(climbs).splitlines() if line.startswith("Protocol:")]
    assert lines[0].endswith("For: keras-tf (all models).")
    assert lines[1].endswith("For: keras-jax (wgan).")


def test_an_unnoticed_mistake_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = row(rung=7, name="notices leaky-slope", error=0.5, tolerance=1.0, passed=False)
    assert "| dcgan | leaky-slope | **5e-01: not noticed** |" in page(lost, monkeypatch=monkeypatch)


def test_a_record_survives_infinite_errors(tmp_path: Path) -> None:
    protocol = current_provenance(("graph",), mutations=False)
    climbs = [
        Climb(model="dcgan", engine="keras-tf", provenance=protocol, rows=[row(error=float("inf"), passed=False)])
    ]
    write_climbs(tmp_path / "climbs.json", climbs)
    assert read_climbs(tmp_path / "climbs.json") == climbs


def test_a_record_holds_columns_and_reads_rows(tmp_path: Path) -> None:
    protocol, path = current_provenance(None, mutations=True), tmp_path / "climbs.json"
    rows = [row(error=1e-17 * each, phase=phase) for each in range(3) for phase in ("fading 16x16", "stable 16x16")]
    climbs = [Climb(model="dcgan", engine="keras-tf", provenance=protocol, rows=some) for some in (rows, rows[:1], [])]
    write_climbs(path, climbs)
    assert read_climbs(path) == climbs
    written = json.loads(path.read_text())
    assert written["climbs"][0]["rows"]["phase"] == ["fading 16x16", "stable 16x16"] * 3
    assert written["climbs"][0]["rows"]["engine"] == "keras-tf"
    written["climbs"][0]["rows"]["error"].pop()
    path.write_text(json.dumps(written))
    with pytest.raises(BadInput, match="cannot be read as a record of climbs"):
        read_climbs(path)
    written["climbs"][0]["rows"] = [each.model_dump() for each in rows]  # as they were written before
    path.write_text(json.dumps(written))
    assert read_climbs(path) == climbs


# --- float32 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rounding", "error", "holds"), [(0.0, 9e-5, True), (0.0, 2e-4, False)], ids=str)
def test_a_float32_gradient_has_its_tolerance(rounding: float, error: float, holds: bool) -> None:
    assert gradient_row(rounding, error).passed is holds


@pytest.mark.parametrize(("share", "holds"), [(0.9, True), (1.1, False)])
def test_a_float32_gradient_may_be_as_far_as_torchs_own_rounding_explains(share: float, holds: bool) -> None:
    found = gradient_row(rounding=1e-3, error=share * ROUNDING * 1e-3)
    assert found.tolerance == pytest.approx(ROUNDING * 1e-3, rel=1e-2)
    assert found.passed is holds


def gradient_row(rounding: float, error: float) -> RungResult:
    """The row of a gradient 1 whose float32 torch is `rounding` off and whose other engine is `error` off that."""
    cell = parity_cell(model_spec("dcgan"), "keras-tf", "graph", "fp32", "mnist-5k")
    exact, rounded = {"gradient/w": np.array([1.0])}, {"gradient/w": np.array([1.0 + rounding])}
    reference = Reference(small_route(model_spec("dcgan")), [], {"eager-fp64-0": exact, "eager-fp32-0": rounded})
    (rung,) = [each for each in LADDER if each.follows_rounding]
    make: Callable[..., RungResult] = ladder._row
    return make(Job(name="base", cell=cell), rung, reference, {"gradient/w": np.array([1.0 + rounding + error])})
