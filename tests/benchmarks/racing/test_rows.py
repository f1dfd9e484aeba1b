"""Rows of races: verdicts together, controls alone, variants told apart, means over models."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from benchmarks.racing.entries import with_controls
from benchmarks.racing.record import Entry, Host, RaceRecord, Rules, Start, Window
from benchmarks.racing.rows import controls_hold, race_rows
from benchmarks.results.records import Environment
from common.specs.cell import Cell

SPREAD = 0.004


def record(entries: list[Entry], factors: dict[str, float], label: str = "one", spread: float = SPREAD) -> RaceRecord:
    """Six incarnations of two rounds; contenders take `factors` times 2 s, processes differ by `spread`."""
    random, windows = np.random.default_rng(len(label)), []
    for incarnation in range(1, 7):
        for name, factor in factors.items():
            seconds = 2.0 * factor * math.exp(random.normal(0, spread))
            windows += [
                Window(contender=name, incarnation=incarnation, round=round_, position=0, iterations=10,
                       seconds=seconds, cpu_seconds=1.0, marks=("outlier",) if round_ == 2 else ())
                for round_ in (0, 1, 1, 2, 2)
            ]  # fmt: skip
    starts = [
        Start(contender=name, incarnation=number, startup_seconds=number, compile_seconds=2.0 * number,
              images_per_iteration=64, device="cpu", used="cpu", threads=2, peak_process_bytes=number * 2**20)
        for name in factors
        for number in range(1, 7)
    ]  # fmt: skip
    return RaceRecord(
        label=label, entries=entries, reference="torch eager", rules=Rules(),
        host=Host(processor="none", cores=2, memory_bytes=1), started_at="", state="precise", incarnations=6,
        environment=Environment(python="3", platform="none", versions={}, git_commit=None, git_dirty=None),
        starts=starts, windows=windows,
    )  # fmt: skip


@pytest.fixture
def entries(cells: list[Cell]) -> list[Entry]:
    return [Entry(name="torch eager", cell=cells[0]), Entry(name="keras-tf graph", cell=cells[1])]


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["contender"]: row for row in rows}


def test_row_of_a_contender_by_hand(entries: list[Entry]) -> None:
    rows = by_name(race_rows(record(entries, {"torch eager": 1.0, "keras-tf graph": 1.2})))
    base, other = rows["torch eager"], rows["keras-tf graph"]
    assert (base["verdict"], base["ratio"], base["low"]) == ("reference", 1.0, None)
    assert base["iterations_per_second"] == pytest.approx(5.0, rel=0.01)
    assert base["images_per_second"] == pytest.approx(320.0, rel=0.01)
    assert (base["startup_seconds"], base["compile_seconds"], base["peak_memory_mb"]) == (3.5, 7.0, 6.0)
    assert (base["incarnations"], base["windows"], base["marked"]) == (6, 24, 12)
    assert other["low"] < 1.2 < other["high"]
    assert other["verdict"] == "slower"
    assert (
        by_name(race_rows(record(entries, {"torch eager": 1.0, "keras-tf graph": 0.8})))["keras-tf graph"]["verdict"]
        == "faster"
    )
    equal = race_rows(record(entries, {"torch eager": 1.0, "keras-tf graph": 1.01}))
    assert by_name(equal)["keras-tf graph"]["verdict"] == "equivalent within 5 %"


@pytest.mark.parametrize(
    ("again", "slowed", "spread", "verdicts", "hold"),
    [
        (1.0, 1.05, SPREAD, ["control passed: equivalent within 5 %", "control passed: found"], True),
        (1.2, 1.05, SPREAD, ["control failed: slower", "control passed: found"], False),
        (1.0, 1.00, SPREAD, ["control passed: equivalent within 5 %", "control failed: equivalent within 5 %"], False),
        (1.0, 0.95, SPREAD, ["control passed: equivalent within 5 %", "control failed: faster"], False),
        (1.0, 1.05, 0.2, ["control undecided: not decided", "control undecided: not decided"], False),
    ],
)
def test_controls_pass_or_fail(
    entries: list[Entry], again: float, slowed: float, spread: float, verdicts: list[str], hold: bool
) -> None:
    names = [entry.name for entry in with_controls(entries)]
    factors = dict(zip(names, (1.0, 1.0, again, slowed), strict=True))
    rows = race_rows(record(with_controls(entries), factors, spread=spread))
    assert [row["verdict"].partition(" (about")[0] for row in rows[-2:]] == verdicts
    assert controls_hold(rows) is hold


def test_verdicts_of_many_races_are_corrected_together_and_averaged(entries: list[Entry], cells: list[Cell]) -> None:
    """Eight percent slower with processes that differ by two to three: shown alone, not among twenty."""
    factors = {"torch eager": 1.0, "keras-tf graph": 1.08}
    alone = race_rows(record(entries, factors, spread=0.02))[1]
    assert alone["verdict"] == "slower"
    others = []
    for index in range(19):
        network = cells[0].model.network.model_copy(update={"width": 8 + index})
        model = cells[0].model.model_copy(update={"network": network})
        moved = [each.model_copy(update={"cell": each.cell.model_copy(update={"model": model})}) for each in entries]
        others.append(record(moved, dict.fromkeys(factors, 1.0), "x" * (index + 2), spread=0.1))
    rows = race_rows(*others[::-1], record(entries, factors, spread=0.02))
    widths = [f"network.width={width}" for width in (4, *range(8, 27))]
    assert list(dict.fromkeys(row["variant"] for row in rows[:-1])) == widths  # from narrow to wide
    assert rows[1]["verdict"].startswith("not decided")
    assert (rows[1]["low"], rows[1]["high"]) == (alone["low"], alone["high"])
    assert rows[1]["variant"] == "network.width=4"
    assert alone["variant"] == ""
    last = rows[-1]
    assert (last["race"], last["model"], last["contender"]) == ("all", "all 20", "keras-tf graph")
    ratios = [row["ratio"] for row in rows if row["contender"] == "keras-tf graph" and row["race"] != "all"]
    assert last["ratio"] == pytest.approx(math.exp(np.mean(np.log(ratios))))
    assert last["low"] < last["ratio"] < last["high"]
