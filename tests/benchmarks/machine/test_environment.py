"""The environment: versions without imports, git as it is, memory of this process only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.machine.environment import (
    collect_environment,
    describe_hardware,
    git_state,
    peak_process_bytes,
    processor_name,
    usable_cores,
    versions,
)
from common.engine import DeviceReport


def test_versions_are_those_of_the_packages_and_import_none() -> None:
    import numpy

    assert versions(("numpy", "no-such-package")) == {"numpy": numpy.__version__}
    assert collect_environment().versions["numpy"] == numpy.__version__


def test_git_state_tells_commit_and_changes(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        author = ["-c", "user.name=A", "-c", "user.email=a@b"]
        return subprocess.run(
            ["git", *author, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    assert git_state(tmp_path) == (None, None)
    git("init", "-q")
    file = tmp_path / "environment.py"
    file.write_text("1")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    assert git_state(tmp_path) == (git("rev-parse", "HEAD"), False)
    file.write_text("2")
    assert git_state(tmp_path)[1] is True


def test_commit_of_somebody_elses_repository_is_not_ours(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
        cwd=tmp_path,
        check=True,
    )
    assert git_state(tmp_path) == (None, None)


def test_peak_memory_is_not_inherited_from_a_large_parent() -> None:
    block = bytearray(400 * 2**20)
    block[::4096] = b"x" * len(block[::4096])
    assert peak_process_bytes() > 400 * 2**20
    program = "from benchmarks.machine.environment import peak_process_bytes; print(peak_process_bytes())"
    from benchmarks.machine.python import python_environment

    out = subprocess.run([sys.executable, "-c", program], env=python_environment(), capture_output=True, check=True)
    assert int(out.stdout) < 300 * 2**20


def test_hardware_joins_the_engines_proof_and_the_machine() -> None:
    report = DeviceReport(device="cpu", used="/CPU:0", threads=2, peak_device_bytes=None, versions={})
    hardware = describe_hardware(report)
    assert (hardware.used, hardware.cores) == ("/CPU:0", usable_cores())
    assert hardware.processor == processor_name() != ""
    assert hardware.memory_bytes > 2**30
