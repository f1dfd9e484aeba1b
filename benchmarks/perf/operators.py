"""Where an engine's iterations go, operator by operator, as its framework's own profiler says: why one is slower.

torch.profiler for PyTorch and Keras on it; TensorFlow's and JAX's profilers write XPlanes, which are read here. One
thread, so that shares add up; an operator's time is its own, without what it calls. XLA's fused operations have names
like "loop_fusion", and a TensorFlow graph compiled by XLA shows these, too.

Usage: python -m benchmarks.perf.operators MATRIX MODEL ENGINE[:EXECUTION[:PRECISION]] [ITERATIONS]
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import load_matrix
from benchmarks.perf.setting import machine
from benchmarks.racing.contender import build
from common.specs.cell import Cell

SHOWN = 20
# events of a thread that waits for others, whose work has events of its own
_WAITING = "(wait for completion)"
# an event of a profiler: name, start and end in any unit
Event = tuple[str, float, float]


def own_times(events: Iterable[Event]) -> dict[str, float]:
    """What each name's events took without those inside them; events of one thread, which nest or are apart."""
    own: dict[str, float] = defaultdict(float)
    open_events: list[tuple[str, float]] = []
    for name, start, end in sorted(events, key=lambda event: (event[1], -event[2])):
        while open_events and open_events[-1][1] <= start:
            open_events.pop()
        own[name] += end - start
        if open_events:
            own[open_events[-1][0]] -= min(end, open_events[-1][1]) - start
        open_events.append((name, end))
    return own


def operator(name: str) -> str:
    """The operator behind an event: "gradients/conv:Conv2D" is Conv2D, "fusion.12" fusion."""
    return re.sub(r"(\.\d+|\.clone)+$", "", name.rpartition(":")[2])


def by_torch(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of each operator while `work` runs, by torch.profiler."""
    import torch

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        work()
    return {each.key: each.self_cpu_time_total / 1e6 for each in profile.key_averages()}


def by_tensorflow(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of each operator while `work` runs, by tf.profiler."""
    import tensorflow as tf

    return _traced(tf.profiler.experimental.Profile, work)


def by_jax(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of each operator while `work` runs, by jax.profiler."""
    import jax

    return _traced(jax.profiler.trace, work)


def _traced(profile: Callable[[str], AbstractContextManager[object]], work: Callable[[], object]) -> dict[str, float]:
    """What `profile` writes to a folder while `work` runs."""
    with tempfile.TemporaryDirectory() as folder:
        with profile(folder):
            work()
        return _read(Path(folder))


def _read(folder: Path) -> dict[str, float]:
    """Own times, in seconds, of the host's threads in the XPlanes below `folder`."""
    from jax.profiler import ProfileData

    total: dict[str, float] = defaultdict(float)
    for path in folder.rglob("*.xplane.pb"):
        for plane in ProfileData.from_file(str(path)).planes:
            for line in plane.lines if plane.name == "/host:CPU" else ():
                if line.name == "python":
                    continue
                events = [
                    (event.name, event.start_ns, event.start_ns + event.duration_ns)
                    for event in line.events
                    if not event.name.endswith(_WAITING)
                ]
                for name, nanoseconds in own_times(events).items():
                    total[operator(name)] += nanoseconds / 1e9
    return total


PROFILERS = {"torch": by_torch, "keras-torch": by_torch, "keras-tf": by_tensorflow, "keras-jax": by_jax}


def chosen(matrix: str, model: str, engine: str) -> Cell:
    """The first cell of the matrix with this model and contender.

    Raises:
        BadInput: there is no such matrix, model or engine.
    """
    return expand(load_matrix(matrix), Selection(models=(model,), engines=(engine,), device="cpu"))[0]


def main() -> None:
    """Profile and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("matrix")
    parser.add_argument("model")
    parser.add_argument("engine")
    parser.add_argument("iterations", type=int, nargs="?", default=10)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    cell = chosen(given.matrix, given.model, given.engine)
    setup = argparse.Namespace(data_dir=None, cache_dir=None, threads=1, launched_at=time.monotonic())
    bench, _ = build({"cell": cell.model_dump(mode="json")}, setup)
    seconds = bench.lap(given.iterations)["seconds"]
    own = PROFILERS[cell.engine](lambda: bench.lap(given.iterations))
    total = sum(own.values())
    print(f"{given.model} of {given.matrix} on {given.engine}: {given.iterations} iterations, one thread, CPU.")
    print(f"{machine('torch', 'tensorflow', 'jax', 'keras')}.")
    print(f"{1e3 * seconds / given.iterations:.1f} ms an iteration unprofiled; {total:.2f} s of operators profiled.\n")
    for name, own_seconds in sorted(own.items(), key=lambda each: -each[1])[:SHOWN]:
        print(f"{100 * own_seconds / total:6.1f} %  {1e3 * own_seconds / given.iterations:8.2f} ms  {name}")


if __name__ == "__main__":
    main()
