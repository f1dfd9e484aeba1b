"""The device lock: one holder, a waiting second, and no lock left by the dead."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

from benchmarks.machine import locks
from benchmarks.machine.locks import WorkToDo, device_lock, wait_for_quiet
from benchmarks.machine.python import python_environment

HOLD = (
    "import sys, time; from pathlib import Path; from benchmarks.machine.locks import device_lock\n"
    "with device_lock('cpu', lambda: None, Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(600)\n"
)


def test_second_run_waits_says_so_once_and_goes_on_when_the_first_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = subprocess.Popen(argv, stdout=subprocess.PIPE, env=python_environment())
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    notes: list[float] = []
    threading.Timer(0.7, holder.kill).start()
    began = time.monotonic()
    with device_lock("cpu", lambda: notes.append(time.monotonic()), tmp_path):
        waited = time.monotonic() - began
    holder.wait()
    assert len(notes) == 1
    assert 0.6 < waited < 10


def test_devices_do_not_wait_for_each_other(tmp_path: Path) -> None:
    notes: list[str] = []
    cpu, gpu = (device_lock(name, lambda: notes.append("waited"), tmp_path) for name in ("cpu", "cuda:0"))
    with cpu, gpu:
        assert notes == []


def test_quiet_begins_when_the_last_piece_of_work_is_done(tmp_path: Path) -> None:
    file = tmp_path / "work"
    with WorkToDo(file) as work:
        wait_for_quiet(file)
        work.add()
        work.add()
        ended: list[float] = []
        waiting = threading.Thread(target=lambda: (wait_for_quiet(file), ended.append(time.monotonic())))
        waiting.start()
        work.done()
        time.sleep(0.3)
        assert ended == []
        work.done()
        waiting.join(timeout=10)
        assert len(ended) == 1


def test_a_gpu_is_locked_by_its_own_name_whatever_number_a_process_knows_it_by(tmp_path: Path, monkeypatch) -> None:
    class FakeGpu:
        def __init__(self, device: str) -> None:
            self.device = device

        def identity(self) -> SimpleNamespace:
            return SimpleNamespace(uuid="GPU-beef" if self.device in ("cuda:0", "cuda:3") else "GPU-cafe")

    monkeypatch.setattr(locks, "find_gpu", FakeGpu)
    for device in ("cuda:0", "cuda:3", "cuda:1"):
        with device_lock(device, lambda: None, tmp_path):
            pass
    names = {path.name.partition("-GPU-")[2] for path in tmp_path.iterdir()}
    assert names == {"beef.lock", "cafe.lock"}
