"""Foreign CPU time: by hand from what the system tells, and as a process that really uses a core."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.machine.foreign import (
    CoreTimes,
    core_times,
    foreign_use,
    frequency_mhz,
    process_cpu_seconds,
    usable_core_numbers,
)

BURN = (
    "import sys, time\nend = time.monotonic() + float(sys.argv[1])\nwhile time.monotonic() < end: pass\ntime.sleep(60)"
)


def test_columns_of_usable_cores_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """user 100 + nice 20 + system 30 + irq 4 + softirq 6 ticks are busy; idle, waiting and guests are not; 7 stolen."""
    monkeypatch.setattr("benchmarks.machine.foreign.usable_core_numbers", lambda: [1])
    path = tmp_path / "stat"
    path.write_text("cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 5 5 5 5 5 5 5 5 5 5\ncpu1 100 20 30 900 50 4 6 7 11 12\nintr 1 2\n")
    tick = os.sysconf("SC_CLK_TCK")
    assert core_times(path) == CoreTimes(160 / tick, 7 / tick)
    assert core_times(tmp_path / "none") is None


def test_foreign_is_what_is_busy_beyond_our_own() -> None:
    cores, own = iter([CoreTimes(10.0, 1.0), CoreTimes(15.0, 1.5)]), iter([2.0, 5.0])
    with foreign_use(lambda: next(own), lambda: next(cores)) as use:
        pass
    assert (use.own, use.foreign, use.stolen) == (3.0, 2.0, 0.5)
    use.seconds = 5.0
    assert use.share(cores=2) == pytest.approx(0.25)


def test_rounding_of_ticks_is_not_negative_use_and_silence_is_not_zero() -> None:
    cores = iter([CoreTimes(10.0, 0.0), CoreTimes(10.5, 0.0)])
    with foreign_use(iter([0.0, 0.51]).__next__, lambda: next(cores)) as use:
        pass
    assert use.foreign == 0.0
    with foreign_use(cores=lambda: None) as silent:
        pass
    assert (silent.foreign, silent.stolen, silent.share(2)) == (None, None, None)


def test_it_is_filled_when_the_block_fails() -> None:
    try:
        with foreign_use() as use:
            time.sleep(0.01)
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert use.seconds >= 0.01


def wait_for_work(child: subprocess.Popen, seconds: float) -> None:
    """Wait until the child has used `seconds` of CPU time, however busy the machine is."""
    begin, end = process_cpu_seconds(child.pid), time.monotonic() + 60
    while process_cpu_seconds(child.pid) - begin < seconds and time.monotonic() < end:
        time.sleep(0.05)


@pytest.mark.skipif(core_times() is None, reason="the system does not tell")
def test_another_process_is_foreign_and_our_own_child_can_be_ours() -> None:
    child = subprocess.Popen([sys.executable, "-c", BURN, "120"])
    try:
        with foreign_use() as beside:
            wait_for_work(child, 1.0)
        with foreign_use(lambda: time.process_time() + process_cpu_seconds(child.pid)) as included:
            wait_for_work(child, 1.0)
    finally:
        child.kill()
        child.wait()
    assert beside.own < 0.9
    assert beside.foreign > 0.8
    assert included.own > 0.9
    assert included.foreign + included.own <= included.seconds * len(usable_core_numbers()) * 1.1 + 0.1


def test_cpu_time_of_a_family_counts_its_children_and_the_dead_have_none() -> None:
    busy = "import time\nwhile time.process_time() < 60: pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    parent = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    try:
        end = time.monotonic() + 60
        while process_cpu_seconds(parent.pid) < 0.6 and time.monotonic() < end:
            time.sleep(0.05)
        assert process_cpu_seconds(parent.pid) >= 0.6
    finally:
        os.killpg(parent.pid, 9)
        parent.wait()
    assert process_cpu_seconds(parent.pid) == 0.0


def test_frequency_is_the_mean_or_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.machine.foreign._FREQUENCIES", str(tmp_path / "cpu{}"))
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\ncpu MHz\t\t: 2000.0\nprocessor : 1\ncpu MHz\t\t: 3000.0\n")
    assert frequency_mhz(info) == 2500.0
    assert frequency_mhz(tmp_path / "none") is None
    (tmp_path / f"cpu{usable_core_numbers()[0]}").write_text("1800000\n")
    assert frequency_mhz(info) == 1800.0
