"""What the numbers depend on and the program cannot choose: versions, commit, machine, load. Imports no framework."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

import psutil

from benchmarks.results.records import Environment, Hardware
from common.engine import DeviceReport
from common.plugins import in_use

# everything a time or a score can depend on, by its name on the package index
PACKAGES = (
    *("ganbench", "torch", "triton", "keras", "tensorflow", "jax"),
    *("numpy", "scipy", "onnxruntime", "pillow", "matplotlib", "mlxtend", "pydantic", "safetensors"),
)


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Name -> installed version of those `packages` that are installed, without importing them."""
    found = {}
    for name in packages:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def collect_environment() -> Environment:
    """The software side of a record."""
    commit, dirty = git_state(Path(__file__).parent)
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        versions=versions(),
        plugins=in_use(),
        git_commit=commit,
        git_dirty=dirty,
    )


def git_state(folder: Path) -> tuple[str | None, bool | None]:
    """The commit of the checkout that holds `folder` and whether tracked files differ from it; None where unknown."""

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    # an installed copy may lie in somebody else's repository: only a tracked file makes the commit ours
    if commit is None or not git("ls-files", Path(__file__).name):
        return None, None
    changes = git("status", "--porcelain", "--untracked-files=no")
    return commit, None if changes is None else bool(changes)


def processor_name() -> str:
    """The processor's marketing name, for example "Intel(R) Xeon(R) CPU @ 2.20GHz"."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """The number of CPU cores this process may run on (container limits on core sets included)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_process_bytes() -> int:
    """The largest resident size of this process so far.

    VmHWM is read where there is one, since getrusage's maximum is inherited from the parent over fork and exec.
    """
    try:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def describe_hardware(report: DeviceReport) -> Hardware:
    """The hardware side of a record: what the engine proves about its device, and the machine around it.

    Args:
        report: the engine's own report, taken after the training.
    """
    return Hardware(
        device=report.device,
        used=report.used,
        threads=report.threads,
        processor=processor_name(),
        cores=usable_cores(),
        memory_bytes=int(psutil.virtual_memory().total),
        peak_process_bytes=peak_process_bytes(),
        peak_device_bytes=report.peak_device_bytes,
        notes=report.notes,
    )


def load_average() -> float:
    """The one-minute load average: what else kept the machine busy."""
    return float(psutil.getloadavg()[0])
