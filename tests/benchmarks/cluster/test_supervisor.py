"""The supervisor trains like a run on one machine, and what it sends makes the same folder."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from benchmarks.cluster import supervisor
from benchmarks.cluster.needs import Needs, parse_needs
from benchmarks.cluster.parcels import Inbox, Piece
from benchmarks.cluster.ray_executor import Room, room_of
from benchmarks.cluster.supervisor import Order, Supervisor
from benchmarks.machine.child import ChildEnd
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.commands import RunOptions
from benchmarks.running.executor import Job, LocalPlace
from common.errors import BadInput
from common.specs.cell import Cell

OPTIONS = RunOptions(threads=1, untimed=True)


def order(cell: Cell, run: Path, options: RunOptions = OPTIONS, shared: bool = False) -> Order:
    return Order(cell, run, RunFolder(run).of(cell).path.relative_to(run), shared, options, "cpu")


@pytest.fixture(autouse=True)
def own_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node").mkdir()
    monkeypatch.setattr(supervisor.tempfile, "gettempdir", lambda: str(tmp_path / "node"))


def test_a_cell_of_another_machine_comes_back_bit_for_bit(cells: list[Cell], tmp_path: Path) -> None:
    far, near = RunFolder(tmp_path / "far").of(cells[0]), RunFolder(tmp_path / "near").of(cells[0])
    far.create(cells[0])
    near.create(cells[0])
    inbox, events, ends = Inbox(far), [], []
    for item in Supervisor({}).run(order(cells[0], tmp_path / "far")):
        if isinstance(item, Piece):
            inbox.take(item)
        elif isinstance(item, ChildEnd):
            ends.append(item)
        else:
            events.append(item["event"])
    assert [end.code for end in ends] == [0]
    assert (events[0], events[-1]) == ("started", "finished")
    hold = tmp_path / "hold"
    hold.touch()
    LocalPlace("cpu", OPTIONS.worker).run(Job(cells[0], near, hold, lambda event: None, threading.Event()))
    for name in ("generator.safetensors", "samples.npy", "progress/epoch_0002.npy"):
        assert (far.path / name).read_bytes() == (near.path / name).read_bytes()
    result = far.result()
    assert result is not None
    assert result.training.hardware.threads == 1
    assert list((tmp_path / "node").rglob("generator.safetensors")) == []  # it is not needed there any more


def test_in_a_shared_folder_nothing_is_sent(cells: list[Cell], tmp_path: Path) -> None:
    folder = RunFolder(tmp_path).of(cells[0])
    items = list(Supervisor({}).run(order(cells[0], tmp_path, shared=True)))
    assert not any(isinstance(item, Piece) for item in items)
    assert folder.result() is not None
    assert folder.events_file.read_text().count("\n") == len(items) - 1


def test_what_a_worker_says_about_bad_input_comes_back(cells: list[Cell], tmp_path: Path) -> None:
    cell = cells[0].model_copy(update={"dataset": "mnist"})
    options = RunOptions(cache_dir=tmp_path / "empty", threads=1, untimed=True)
    end = list(Supervisor({}).run(order(cell, tmp_path / "far", options)))[-1]
    assert isinstance(end, ChildEnd)
    assert end.code == BadInput.exit_code
    assert end.describe()


def test_stop_ends_the_worker(cells: list[Cell], tmp_path: Path) -> None:
    there = Supervisor({})
    stream = there.run(order(cells[0], tmp_path / "far"))
    assert next(stream) == {"event": "started", "cell": cells[0].label}
    began = time.monotonic()
    there.stop()
    assert not any(isinstance(item, ChildEnd) for item in stream)
    assert time.monotonic() - began < 20


def test_variables_of_the_other_machine_hold_for_the_worker(cells, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("GANBENCH_PLUGINS", "old")
    there = Supervisor({"OMP_NUM_THREADS": None, "GANBENCH_PLUGINS": "new.py"})
    assert supervisor.os.environ["OMP_NUM_THREADS"] == "7"
    end = list(there.run(order(cells[0], tmp_path / "far")))[-1]
    assert "new.py" in end.describe()  # which the worker was told of
    assert "OMP_NUM_THREADS" not in supervisor.os.environ


def test_needs_are_read() -> None:
    assert parse_needs(None) == Needs()
    assert parse_needs("cpus=4, memory=8.5,gpu=H100") == Needs(cpus=4, memory=8.5, gpu="H100")


@pytest.mark.parametrize("text", ["cpu=4", "cpus", "cpus=none", "cpus=0", "memory=-1"])
def test_needs_that_cannot_be_are_one_sentence(text: str) -> None:
    with pytest.raises(BadInput):
        parse_needs(text)


def node(cpus: float, gpus: float = 0.0, alive: bool = True) -> dict[str, object]:
    resources = {"CPU": cpus, "GPU": gpus} if gpus else {"CPU": cpus} if cpus else {}
    return {"Alive": alive, "Resources": {**resources, "memory": 1e9}}


@pytest.mark.parametrize(
    ("nodes", "kind", "untimed", "threads", "cpus"),
    [
        ([node(0), node(16), node(8), node(4, alive=False)], "cpu", False, None, 8),  # the smallest machine, whole
        ([node(16)], "cpu", True, None, 1),
        ([node(16)], "cpu", True, 3, 3),
        ([node(4), node(64, 8), node(32, 2)], "cuda", False, None, 8),  # the smallest share of a GPU
        ([node(64, 8)], "cuda", True, None, 8),
        ([node(0)], "cuda", False, None, 1),  # machines with GPUs may still come
    ],
)
def test_room_of_a_place(nodes: list, kind: str, untimed: bool, threads: int | None, cpus: int) -> None:
    assert room_of(nodes, kind, Needs(), untimed, threads) == Room(cpus, 1 if kind == "cuda" else 0)


def test_needs_are_asked_of_ray() -> None:
    room = room_of([node(64, 8)], "cuda", Needs(cpus=2, memory=8, gpu="H100"), False, None)
    assert room.options() == {"num_cpus": 2, "num_gpus": 1, "memory": 8 * 10**9, "accelerator_type": "H100"}
