"""mypy holds both implementations against the protocols and the specs: what one side changes or lacks is an error."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPLEMENTATIONS = ("common", "torch_impl", "keras_impl")


def check(folder: Path) -> str:
    """What mypy prints of the implementations in `folder`; it keeps its cache there."""
    packages = [word for name in IMPLEMENTATIONS for word in ("-p", name)]
    command = [sys.executable, "-m", "mypy", *packages]
    done = subprocess.run(command, cwd=folder, env={"PATH": ""}, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three packages, checked once: what is checked again after a change is little."""
    folder = tmp_path_factory.mktemp("typed")
    for name in IMPLEMENTATIONS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    assert check(folder).startswith("Success")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        ("keras_impl/backends/jax.py", ", execution: str) -> Callable:", ") -> Callable:", "Backend"),
        ("keras_impl/backends/torch.py", "def synchronize() -> None:", "def wait() -> None:", "Backend"),
        ("keras_impl/probe.py", "batch: Batch, training: bool)", "batch: Batch)", "Probe"),
        ("torch_impl/probe.py", "def pad_asymmetrically(", "def pad_wrongly(", "Probe"),
        ("torch_impl/engine.py", "def upload(self, array: NDArray)", "def upload(self)", "EngineBase"),
        ("keras_impl/engine.py", "def device_report(self)", "def report(self)", "Engine"),
        # what is not typed here, a tensor say, would hide that nothing is returned
        (
            "torch_impl/objectives.py",
            "case Wasserstein() | Hinge():\n            return -fake",
            "case 0:\n            return -fake",
            "assert_never",
        ),
        ("keras_impl/optimizers.py", "case SgdSpec():", "case 0:", "assert_never"),
    ],
    ids=[
        *("an argument less", "another name", "an argument of a probe", "a mistake less", "a method", "no method"),
        *("a loss less", "an optimiser less"),
    ],
)
def test_what_one_side_changes_or_lacks_is_an_error(copied: Path, file: str, old: str, new: str, word: str) -> None:
    changed = copied / file
    text = changed.read_text(encoding="utf-8")
    assert text.count(old) == 1
    changed.write_text(text.replace(old, new), encoding="utf-8")
    try:
        said = check(copied)
    finally:
        changed.write_text(text, encoding="utf-8")
    assert "error:" in said
    assert word in said
