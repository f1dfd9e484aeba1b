"""Costs: seconds that were measured come back, what is larger is slower in proportion, and what is unknown is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.calibration.record import Calibration, Rate
from benchmarks.cluster.costs import Observation, cost_from, cost_from_calibration, observations
from benchmarks.cluster.plan import plan_row
from benchmarks.machine.host import Host
from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.matrix.work import work_of
from benchmarks.racing.record import RaceRecord, save_race
from benchmarks.results.records import DataUsed, Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.cell import Cell, override

USED = DataUsed(name="mnist-5k", split="train", images=64, sha256="0" * 64)


def wide(cell: Cell, width: int) -> Cell:
    return cell.model_copy(update={"model": override(cell.model, {"network.width": width})})


def test_a_timed_run_costs_what_it_took(tmp_path: Path, make_record: Callable[..., Record], save_run: Callable) -> None:
    """Epochs of 2 and 4 s, each with 0.6 s of waiting, samples and checkpoints; 4.5 s of start, 0.5 s of samples."""
    record = make_record(seconds=[2.0, 4.0], data=USED)
    save_run(tmp_path, [record], epochs=1)
    (tmp_path / "cells" / record.cell.label / "generator.safetensors").write_bytes(b"x" * 1000)
    known = observations([tmp_path])
    cost = cost_from(known)(record.cell)
    assert cost.seconds == pytest.approx(6.0 + 2 * 0.6 + 5.0)
    assert cost.basis == "the same cell"
    files = [path for path in RunFolder(tmp_path).of(record.cell).path.rglob("*") if path.is_file()]
    assert cost.kept_bytes == sum(path.stat().st_size for path in files if path.suffix != ".npy")


def test_more_flops_take_longer_in_proportion_and_fewer_no_less(cells: list[Cell]) -> None:
    work = work_of(cells[0])
    assert work is not None
    assert work.flops is not None
    cost = cost_from([Observation(cells[0], 0.5, work.flops / work.iterations, 10.0)])
    larger = work_of(wide(cells[0], 8))
    assert larger is not None
    assert larger.flops is not None
    assert cost(cells[0]).seconds == pytest.approx(10.0 + 8 * 0.5)
    assert cost(wide(cells[0], 8)).seconds == pytest.approx(10.0 + 8 * 0.5 * larger.flops / work.flops)
    assert cost(wide(cells[0], 2)).seconds == cost(cells[0]).seconds
    assert cost(wide(cells[0], 2)).basis == "the same model and engine"


def test_the_nearest_observation_counts(cells: list[Cell], matrix_text: str) -> None:
    torch, keras = cells
    cost = cost_from([Observation(torch, 1.0, None, 0.0), Observation(keras, 3.0, None, 0.0)])
    assert (cost(torch).seconds, cost(keras).seconds) == (8.0, 24.0)
    other = expand(
        parse_matrix(matrix_text.replace('"dcgan"', '"lsgan"').replace("overrides.dcgan", "overrides.lsgan"))
    )
    assert [cost(cell).seconds for cell in other] == [8.0, 24.0]
    assert cost(other[0]).basis == "the same engine"
    jax = torch.model_copy(update={"engine": "keras-jax", "execution": "compiled"})
    assert (cost(jax).seconds, cost(jax).basis) == (16.0, "the same model")
    with pytest.raises(BadInput, match="Nothing was timed on the device 'cuda'"):
        cost(torch.model_copy(update={"device": "cuda"}))


def test_races_are_timed_too(tmp_path: Path, make_race: Callable[..., RaceRecord]) -> None:
    """10 iterations in 2 s for torch, 2.4 s for keras-tf; 4.5 s of start-up and compilation."""
    race = make_race(ratio=1.2)
    save_race(race, tmp_path / "races" / "dcgan" / "race.json")
    torch, keras = (entry.cell for entry in race.entries)
    cost = cost_from(observations([tmp_path]))
    assert cost(torch).seconds == pytest.approx(4.5 + 8 * 0.2, rel=0.02)
    assert cost(keras).seconds == pytest.approx(4.5 + 8 * 0.24, rel=0.02)


def test_nothing_timed_is_one_sentence(tmp_path: Path, make_record: Callable[..., Record], save_run: Callable) -> None:
    save_run(tmp_path, [make_record(status="failed")])
    with pytest.raises(BadInput, match="Nothing was timed in"):
        observations([tmp_path])


def test_a_calibration_costs_flops(cells: list[Cell]) -> None:
    rate = Rate(operation="gemm", precision="fp32", size="1", flops=1, windows=[1e9])
    calibration = Calibration(
        host=Host(processor="x", cores=1, memory_bytes=1),
        library="torch",
        versions={},
        measured_at="2026",
        rates=[rate],
    )
    work = work_of(cells[0])
    assert work is not None
    assert work.flops is not None
    assert cost_from_calibration(calibration, 0.1)(cells[0]).seconds == pytest.approx(work.flops / 1e8)
    with pytest.raises(BadInput, match="has no bf16"):
        cost_from_calibration(calibration, 0.1)(cells[0].model_copy(update={"precision": "bf16"}))


def test_a_plan_by_hand(cells: list[Cell], matrix_text: str) -> None:
    """Three seeds of two engines, 1 h and 2 h each: on two devices whole groups take 6 h, cells one by one 5 h."""
    torch, keras = cells
    many = expand(parse_matrix(matrix_text.replace("seeds = [0]", "seeds = [0, 1, 2]")))
    cost = cost_from([Observation(torch, 450.0, None, 0.0, 2 * 10**9), Observation(keras, 900.0, None, 0.0, 10**9)])
    timed = plan_row(many, nodes=2, gpus=0, cost=cost)
    assert (timed["cells"], timed["pieces"], timed["hours"], timed["critical_hours"]) == (6, 3, 6.0, 3.0)
    assert (timed["device_hours"], timed["idle_percent"], timed["other_gigabytes"]) == (9.0, 25.0, 9.0)
    free = plan_row(many, nodes=1, gpus=2, cost=cost, untimed=True)
    assert (free["pieces"], free["hours"], free["idle_percent"]) == (6, 5.0, 10.0)
    assert timed["by the same cell"] + timed["by the same model and engine"] == 6
