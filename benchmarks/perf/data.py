"""What the data layer costs: preparing (images/s, memory), being killed, feeding batches.

Usage: python -m benchmarks.perf.data prepare|kill|feed [--count N] [--size PIXELS] [--folder DIR]

  prepare  decode and resize N made CelebA files (178x218 JPEG) in a process of its own: images/s, images per
           core-second, peak resident memory
  kill     the same, killed with SIGKILL at random moments twenty times, then left alone: the checksum must be that of
           an undisturbed run
  feed     gather batches of 64 from the prepared map, warm and dropped from the page cache, and how long a consumer
           waits for them behind a step of a given length
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.perf.made_celeba import make_celeba
from common.data import Prefetcher, gather, load_dataset
from common.data.cache import Entry, cache_root

_STEP_SECONDS = 0.04  # of the order of one DCGAN iteration at 32 px, batch 64, on two CPU cores
_BATCH = 64
_KILLS = 20


def child(folder: Path, cache: Path, size: int) -> None:
    """Prepare the train split here; print one JSON line with checksum, images, seconds, core-seconds, peak bytes."""
    started = time.perf_counter()
    data = load_dataset("celeba", data_dir=folder, cache_dir=cache, image_size=size)
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    report = {"sha256": data.sha256, "images": len(data), "seconds": seconds}
    report |= {"core_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * 1024}
    print(json.dumps(report))


def start(folder: Path, cache: Path, size: int) -> subprocess.Popen[str]:
    """Start `child` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.perf.data", "child", "--folder", str(folder), "--size", str(size)]
    return subprocess.Popen([*command, "--cache", str(cache)], stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The report of a started `child`."""
    out, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"the preparing process ended with {process.returncode}")
    report: dict[str, Any] = json.loads(out)
    return report


def measure_prepare(folder: Path, size: int, scratch: Path) -> None:
    """Prepare once, alone, and print the figures."""
    report = finish(start(folder, scratch / "cache", size))
    images, seconds = report["images"], report["seconds"]
    cores = len(os.sched_getaffinity(0))
    print(f"prepared {images} images of 178x218 to {size} px in {seconds:.2f} s on {cores} cores")
    print(f"  {images / seconds:.0f} images/s; {images / report['core_seconds']:.0f} images per core-second")
    print(f"  peak resident memory {report['peak_bytes'] / 1e6:.0f} MB")


def measure_kills(folder: Path, size: int, scratch: Path) -> None:
    """Kill the preparation at twenty random moments, then compare its checksum with an undisturbed one's."""
    undisturbed = finish(start(folder, scratch / "undisturbed", size))
    moments = random.Random(20)
    killed = 0
    for _ in range(_KILLS):
        process = start(folder, scratch / "killed", size)
        time.sleep(0.3 + moments.random() * undisturbed["seconds"] / 4)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    first, second = (start(folder, scratch / "killed", size) for _ in range(2))  # two at once: one waits
    sums = {finish(process)["sha256"] for process in (first, second)} | {undisturbed["sha256"]}
    print(f"killed {killed} of {_KILLS} times; checksums {'equal' if len(sums) == 1 else 'DIFFERENT'}: {sorted(sums)}")
    if len(sums) != 1:
        raise SystemExit(1)


def measure_feed(folder: Path, size: int, scratch: Path) -> None:
    """Time gathering and the wait behind a step, from a warm and from a cold page cache."""
    cache = scratch / "cache"
    finish(start(folder, cache, size))
    data = load_dataset("celeba", data_dir=folder, cache_dir=cache, image_size=size)
    order = np.random.Generator(np.random.Philox(0)).permutation(len(data))
    batches = min(200, len(data) // _BATCH)
    entry = Entry(cache_root(cache), "celeba", "train", size, "crop", data.manifest.variant)
    for state in ("warm", "cold"):
        if state == "cold":
            _drop_from_page_cache(entry.images_path)
        started = time.perf_counter()
        for _ in _gathered(data.images, order, batches):
            pass
        each = (time.perf_counter() - started) / batches
        if state == "cold":
            _drop_from_page_cache(entry.images_path)
        with Prefetcher(_gathered(data.images, order, batches)) as feed:
            started = time.perf_counter()
            for _ in feed:
                time.sleep(_STEP_SECONDS)
            total = time.perf_counter() - started
        share = feed.wait_seconds / total
        print(
            f"{state}: {each * 1e6:.0f} us per batch of {_BATCH} at {size} px; waiting {share:.2%} of the time", end=""
        )
        print(f" behind a step of {_STEP_SECONDS * 1e3:.0f} ms")


def _gathered(images: np.ndarray, order: np.ndarray, batches: int) -> Iterator[np.ndarray]:
    for index in range(batches):
        yield gather(images, order[index * _BATCH : (index + 1) * _BATCH])


def _drop_from_page_cache(path: Path) -> None:
    with open(path, "rb") as handle:
        os.fsync(handle.fileno())
        os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    """Parse the command line, make the files if need be, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("prepare", "kill", "feed", "child"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="made files, kept for the next measurement")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    if options.what == "child":
        child(options.folder, options.cache, options.size)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch) / "celeba"
        listed = folder / "list_eval_partition.txt"
        if not listed.is_file() or len(listed.read_text().splitlines()) != options.count:
            print(f"made {options.count} files of {make_celeba(folder, options.count):.0f} bytes on average")
        measure = {"prepare": measure_prepare, "kill": measure_kills, "feed": measure_feed}[options.what]
        measure(folder, options.size, Path(scratch))


if __name__ == "__main__":
    main()
