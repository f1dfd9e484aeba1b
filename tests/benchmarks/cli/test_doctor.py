"""`ganbench doctor`: every check says "ok" on a sound machine and something else on one that is not."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from types import SimpleNamespace

import psutil
import pytest

from benchmarks.cli import doctor
from common.errors import GanbenchError
from common.specs.engines import EngineSpec


@pytest.fixture(autouse=True)
def sound(monkeypatch):
    """A machine on which every check is content, with one engine that starts."""
    monkeypatch.setattr(doctor, "usable_cores", lambda: 4)
    monkeypatch.setattr(doctor, "load_average", lambda: 0.1)
    monkeypatch.setattr(doctor, "accelerators", list)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=16 * 2**30, available=8 * 2**30))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50 * 2**30))
    use(monkeypatch, "json:loads", ("numpy",))


def use(monkeypatch, engine, packages):
    spec = EngineSpec(name="x", implementation="x", engine=engine, executions=("eager",), packages=packages, extra="x")
    monkeypatch.setattr(doctor, "ENGINES", {"x": spec})
    program = (
        "import sys; from common.specs import engines; from benchmarks.running import engines as running\n"
        f"engines.ENGINES._own = {{'x': engines.EngineSpec.model_validate_json({spec.model_dump_json()!r})}}\n"
        "sys.argv[1:] = ['x']; sys.exit(running.report(running._start))\n"
    )
    monkeypatch.setattr(doctor, "python_command", lambda module, name, **options: [sys.executable, "-c", program])


def states():
    return {row["check"]: row["state"] for row in doctor.doctor_rows()}


def test_a_sound_machine_has_no_complaint():
    assert set(states().values()) == {"ok"}


def too_old(monkeypatch):
    required = importlib.metadata.requires
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: [*required(name), "numpy>=99"])


def clash(monkeypatch):
    found = {"nvidia-cudnn-cu12": "9.1", "nvidia-cudnn-cu13": "9.2"}
    monkeypatch.setattr(doctor, "versions", lambda packages=(): found if packages else {})


def no_driver():
    raise GanbenchError("The NVIDIA driver does not answer.")


SPOILED = {
    "python": ("warning", lambda m: m.setattr(sys, "version_info", (3, 10, 1))),
    "processor": ("warning", lambda m: m.setattr(doctor, "usable_cores", lambda: 1)),
    "memory": (
        "warning",
        lambda m: m.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=2**32, available=2**30)),
    ),
    "load": ("warning", lambda m: m.setattr(doctor, "load_average", lambda: 3.0)),
    "accelerators": ("broken", lambda m: m.setattr(doctor, "accelerators", no_driver)),
    "disk": ("warning", lambda m: m.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**20))),
    "package numpy": ("warning", too_old),
    "clashes": ("broken", clash),
}


@pytest.mark.parametrize("check", SPOILED)
def test_every_check_can_fail(monkeypatch, check):
    state, spoil = SPOILED[check]
    spoil(monkeypatch)
    assert states()[check] == state


@pytest.mark.parametrize(
    ("engine", "packages", "state"),
    [
        ("json:loads", ("numpy",), "ok"),
        ("no_such_module:Engine", ("numpy",), "broken"),
        ("json:loads", ("no-such-package",), "missing"),
    ],
)
def test_an_engine_is_started(monkeypatch, engine, packages, state):
    use(monkeypatch, engine, packages)
    assert states()["engine x"] == state
