"""Several places: two GPUs that NVML makes up, and machines that get lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.machine import locks
from benchmarks.machine.child import ChildEnd
from benchmarks.machine.locks import device_lock
from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.executor import Job, LocalExecutor, PlaceLostError
from benchmarks.running.runner import MOST_LOST
from common.specs.cell import Cell
from tests.benchmarks.running.fake_runs import Log, commands, run


@pytest.fixture
def many(matrix_text: str) -> list[Cell]:
    """Four seeds of two engines."""
    return expand(parse_matrix(matrix_text.replace("seeds = [0]", "seeds = [0, 1, 2, 3]")))


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """NVML as locks see it: a GPU for every number."""
    monkeypatch.setattr(
        locks,
        "find_gpu",
        lambda device: SimpleNamespace(identity=lambda: SimpleNamespace(uuid=f"GPU-{device[-1]}")),
    )
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def gpus(base: Path, timed: bool = True) -> LocalExecutor:
    return LocalExecutor(commands("span").worker, ("cuda:0", "cuda:1"), timed=timed, lock_folder=base)


def spans(out: Path, cells: list[Cell]) -> list[tuple[float, float, str, str]]:
    """Of each cell: when it was trained from and to, the GPU that its worker saw, and what else it was told."""
    found = []
    for cell in cells:
        begin, end, shown, *rest = (RunFolder(out).of(cell).path / "span").read_text().split()
        found.append((float(begin), float(end), shown, " ".join(rest)))
    return found


def test_each_gpu_trains_one_cell_at_a_time_and_what_is_compared_has_one_gpu(
    many: list[Cell], tmp_path: Path, two_gpus: None
) -> None:
    out, executor = tmp_path / "run", gpus(tmp_path)
    outcomes = run(many, out, commands(), executor=executor)
    assert [outcome.cell for outcome in outcomes] == many
    assert all(outcome.good for outcome in outcomes)
    found = spans(out, many)
    for seed in range(4):
        assert len({shown for cell, (_, _, shown, _) in zip(many, found, strict=True) if cell.seed == seed}) == 1
    by_gpu = {number: sorted(each for each in found if each[2] == number) for number in ("0", "1")}
    for each in by_gpu.values():
        assert len(each) >= 2
        assert all(former[1] <= latter[0] for former, latter in pairwise(each))
    assert any(one[0] < other[1] and other[0] < one[1] for one in by_gpu["0"] for other in by_gpu["1"])
    assert {(shown, told) for _, _, shown, told in found} == {("0", "--device-index 0"), ("1", "--device-index 1")}
    assert sorted(path.name.partition("-GPU-")[2] for path in tmp_path.glob("*.lock")) == ["0.lock", "1.lock"]


def test_of_several_timed_gpus_nothing_is_scored_while_one_of_them_trains(
    many: list[Cell], tmp_path: Path, two_gpus: None
) -> None:
    out = tmp_path / "run"
    run(many, out, commands(), executor=gpus(tmp_path))
    scored = [float((RunFolder(out).of(cell).path / "scored at").read_text()) for cell in many]
    assert min(scored) >= max(end for _, end, _, _ in spans(out, many))


def test_untimed_cells_go_to_whichever_gpu_is_free(many: list[Cell], tmp_path: Path, two_gpus: None) -> None:
    """Of one group the two cells are trained side by side."""
    out = tmp_path / "run"
    run(many[:2], out, commands(), executor=gpus(tmp_path, timed=False))
    first, second = spans(out, many[:2])
    assert first[2] != second[2]
    assert first[0] < second[1]
    assert second[0] < first[1]


def test_a_gpu_that_another_run_has_is_waited_for(cells: list[Cell], tmp_path: Path, two_gpus: None) -> None:
    log = Log()
    with device_lock("cuda:1", lambda: None, tmp_path):
        running = threading.Thread(
            target=run, args=(cells, tmp_path / "run", commands(), log), kwargs={"executor": gpus(tmp_path)}
        )
        running.start()
        deadline = time.monotonic() + 30
        while not log.notes and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "Another ganbench run" in log.notes[0]
        assert log.begun == []
    running.join(timeout=60)
    assert [status for _, status, _ in sorted(log.ended)] == ["finished", "finished"]


class Losing:
    """An executor whose machine is lost whenever `loses` says so of a cell, for the how many-th time."""

    width, timed, scores_beside = 1, True, True

    def __init__(self, loses: Callable[[Cell, int], bool], base: Path) -> None:
        self.loses, self.tries, self.places = loses, {}, 0
        self.local = LocalExecutor(commands().worker, lock_folder=base)

    def held(self, waiting: Callable[[], None]) -> nullcontext[None]:
        return nullcontext()

    @contextmanager
    def place(self, cancelled: threading.Event) -> Iterator[Losing]:
        self.places += 1
        yield self

    def run(self, job: Job) -> ChildEnd:
        tries = self.tries[job.cell.id] = self.tries.get(job.cell.id, 0) + 1
        if self.loses(job.cell, tries):
            raise PlaceLostError("The machine is gone.")
        with self.local.place(job.cancelled) as place:
            return place.run(job)


def test_a_lost_machine_costs_no_cell(cells: list[Cell], tmp_path: Path) -> None:
    executor, log = Losing(lambda cell, tries: cell.engine == "keras-tf" and tries <= MOST_LOST, tmp_path), Log()
    outcomes = run(cells, tmp_path / "run", commands(), log, executor=executor)
    assert all(outcome.good for outcome in outcomes)
    assert list(executor.tries.values()) == [1, MOST_LOST + 1]  # what was trained before is not trained again
    assert len([note for note in log.notes if "goes on elsewhere" in note]) == MOST_LOST


def test_a_cell_that_loses_every_machine_has_failed_and_stops_no_other(cells: list[Cell], tmp_path: Path) -> None:
    executor = Losing(lambda cell, tries: cell.engine == "torch", tmp_path)
    outcomes = run(cells, tmp_path / "run", commands(), executor=executor)
    assert [outcome.record.status for outcome in outcomes] == ["failed", "finished"]
    assert outcomes[0].record.reason == "The machine is gone."
