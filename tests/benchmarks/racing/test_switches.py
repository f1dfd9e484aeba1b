"""What one choice changes: pairs that differ in one thing alone, over races, with proofs counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.racing.entries import with_controls
from benchmarks.racing.record import Entry, RaceRecord
from benchmarks.racing.switches import switch_rows
from benchmarks.report.races import switch_table
from common.specs.cell import Cell
from tests.benchmarks.racing.test_rows import record

Races = Callable[[dict[str, float], str], RaceRecord]
FACTORS = {"torch eager": 1.0, "torch compiled": 0.8, "torch compiled bf16": 1.6, "keras-tf compiled": 1.2}


@pytest.fixture
def race_of(cells: list[Cell]) -> Races:
    """A race of `model` between the contenders that `factors` names."""

    def make(factors: dict[str, float], model: str) -> RaceRecord:
        entries = []
        for name in factors:
            engine, execution, *half = name.split(" ")
            changes = {"engine": engine, "execution": execution, "precision": half[0] if half else "fp32"}
            named = cells[0].model.model_copy(update={"name": model})
            entries.append(Entry(name=name, cell=cells[0].model_copy(update={**changes, "model": named})))
        return record(entries, factors, label=model)

    return make


def test_pairs_that_differ_in_one_thing_alone(race_of: Races) -> None:
    races = [
        race_of({**FACTORS, "torch compiled": each}, model) for each, model in zip((0.6, 0.8, 1.3), "abc", strict=True)
    ]
    rows = {(row["changed"], row["without"], row["with"]): row for row in switch_rows(*races)}
    assert rows.keys() == {
        ("execution", "torch eager", "torch compiled"),
        ("precision", "torch compiled", "torch compiled bf16"),
        ("engine", "torch compiled", "keras-tf compiled"),
    }
    compiled = rows["execution", "torch eager", "torch compiled"]
    assert compiled["ratio"] == pytest.approx((0.6 * 0.8 * 1.3) ** (1 / 3), rel=0.01)
    assert (compiled["races"], compiled["faster"], compiled["slower"]) == (3, 2, 1)
    assert (compiled["least_in"], compiled["most_in"]) == ("a", "c")
    assert (compiled["least"], compiled["most"]) == pytest.approx((0.6, 1.3), rel=0.01)
    assert compiled["verdict"].startswith("not decided")
    engines = rows["engine", "torch compiled", "keras-tf compiled"]
    assert engines["least"] == pytest.approx(1.2 / 1.3, rel=0.01)


def test_a_switch_is_one_whatever_the_order_of_a_races_contenders(race_of: Races) -> None:
    races = [race_of(FACTORS, "a"), race_of(dict(reversed(FACTORS.items())), "b"), race_of(FACTORS, "c")]
    assert [(row["without"], row["with"], row["races"]) for row in switch_rows(*races)] == [
        ("torch eager", "torch compiled", 3),
        ("torch compiled", "torch compiled bf16", 3),
        ("torch compiled", "keras-tf compiled", 3),
    ]


def test_the_mean_over_races_has_a_verdict_of_its_own(race_of: Races) -> None:
    rows = switch_rows(*(race_of(FACTORS, model) for model in ("a", "bb", "ccc")))  # of which each has its own noise
    assert [row["verdict"] for row in rows] == ["faster", "slower", "slower"]
    assert all(row["low"] < row["ratio"] < row["high"] for row in rows)


def test_too_few_races_tell_nothing_and_controls_are_no_contenders(race_of: Races, cells: list[Cell]) -> None:
    assert switch_rows() == []
    assert switch_rows(race_of(FACTORS, "a"), race_of(FACTORS, "b")) == []
    assert not switch_table([race_of(FACTORS, "a")], ["protocol"]).tells
    entries = with_controls([Entry(name="torch eager", cell=cells[0])])
    controlled = [record(entries, {entry.name: 1.0 for entry in entries}, label=label) for label in "abc"]
    assert switch_rows(*controlled) == []


def test_settings_that_differ_tell_races_of_one_model_apart(race_of: Races) -> None:
    race, widths = race_of(FACTORS, "a"), (8, 16, 32)
    races = []
    for width in widths:
        models = [entry.cell.model for entry in race.entries]
        wide = [
            each.model_copy(update={"network": each.network.model_copy(update={"width": width})}) for each in models
        ]
        entries = [
            entry.model_copy(update={"cell": entry.cell.model_copy(update={"model": model})})
            for entry, model in zip(race.entries, wide, strict=True)
        ]
        races.append(race.model_copy(update={"entries": entries}))
    assert {row["least_in"] for row in switch_rows(*races)} <= {f"a (network.width={width})" for width in widths}


def test_table_for_readers(race_of: Races) -> None:
    table = switch_table([race_of(FACTORS, model) for model in "abc"], ["protocol", "rules"])
    assert table.texts[0][:3] == ["execution", "torch eager", "torch compiled"]
    assert table.texts[0][4] == "faster"
    assert len(table.notes) == 2
    assert "alone" in table.notes[0]
    assert table.notes[1] == "rules"
