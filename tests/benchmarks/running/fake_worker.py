"""A worker that behaves as its cell's folder tells it: `python fake_worker.py FOLDER BEHAVIOUR HOLD`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine.environment import collect_environment
from benchmarks.machine.events import Emitter
from benchmarks.machine.locks import wait_for_quiet
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Clocks, DataUsed, Epoch, Hardware, Training, WorkerResult


def emit(**event: object) -> None:
    print(json.dumps(event), flush=True)


def result(loss: float = 0.5) -> str:
    hardware = Hardware(
        device="cpu", used="cpu:0", threads=1, processor="fake", cores=1, memory_bytes=1, peak_process_bytes=2**20,
    )  # fmt: skip
    epoch = Epoch(
        epoch=1, timed_iterations=4, train_seconds=2.0, data_wait_seconds=0, sampling_seconds=0, checkpoint_seconds=0
    )
    clocks = Clocks(startup_seconds=1, compile_seconds=1, final_sampling_seconds=1, epochs=[epoch])
    training = Training(
        clocks=clocks, losses={"generator": [loss]}, hardware=hardware, iterations_per_epoch=4, images_per_iteration=16,
        parameters={"generator": 7},
    )  # fmt: skip
    data = DataUsed(name="mnist-5k", split="train", images=64, sha256="0" * 64)
    return WorkerResult(training=training, environment=collect_environment(), data=data).model_dump_json()


def epoch(number: int) -> None:
    emit(event="epoch", epoch=number, epochs=2, seconds=2.0, images_per_second=32.0, losses={"generator": 0.5})


def main(folder: Path, behaviour: str) -> int:
    emit(event="started", cell=folder.name)
    if behaviour == "crash":
        raise ZeroDivisionError("the network exploded")
    if behaviour == "crash twice":
        with (folder / "attempts").open("a+") as attempts:
            attempts.write("x")
            if attempts.tell() <= 2:
                raise ZeroDivisionError("the network exploded")
    if behaviour in ("segfault", "killed"):
        os.kill(os.getpid(), signal.SIGSEGV if behaviour == "segfault" else signal.SIGKILL)
    if behaviour == "starve":
        emit(event="out of memory", reason="MemoryError: 7 GB for a kernel")
        return 4
    if behaviour == "bad-input":
        emit(event="failed", reason="The data folder is empty.")
        return 2
    if behaviour == "diverge":
        CellFolder(folder).diverged_file.write_text(result(loss=float("nan")))
        emit(event="diverged", epoch=2, iteration=3, reason="the generator loss became nan")
        return 3
    if behaviour == "stubborn":  # takes no hint, and is told by nobody but its own watch that its parent is gone
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _watch = Emitter()  # keeps the only end to write to
    if behaviour in ("hang", "stubborn"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (folder / "pids").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    if behaviour == "lie":
        return 0
    if behaviour == "orphan-keeps-pipe":  # a descendant that outlives the worker and holds its stdout
        os.set_inheritable(1, True)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if behaviour == "patient":
        up = time.monotonic()
        wait_for_quiet(Path(sys.argv[3]))
        (folder / "times").write_text(f"{up} {time.monotonic()}")
    if behaviour == "meet":  # the other cell's worker has to be there at the same time
        (folder / "here").touch()
        deadline = time.monotonic() + 30
        while len(list(folder.parent.glob("*/here"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        if time.monotonic() >= deadline:
            return 1
    if behaviour == "span":
        begin = time.monotonic()
        time.sleep(0.5)
        shown = os.environ["CUDA_VISIBLE_DEVICES"]
        (folder / "span").write_text(f"{begin} {time.monotonic()} {shown} {' '.join(sys.argv[4:])}")
    if behaviour == "garbage":
        print("a framework's greeting")
        print("[1, 2]")
        print('{"no": "event"}')
        sys.stdout.flush()
        os.write(1, b"\xff\xfe not text\n")
    if behaviour == "resume" and not (folder / "half").exists():
        (folder / "half").touch()
        epoch(1)
        return 1
    epoch(2)
    CellFolder(folder).generator_file.write_text("other" if behaviour == "other weights" else "weights")
    CellFolder(folder).result_file.write_text(result())
    emit(event="finished")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
