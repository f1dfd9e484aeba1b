"""What is reported upstream is there in the pinned versions: once one is gone, its text and workaround have to go.

A text says in which versions it was seen. Those need not be asked again, which takes minutes; any others are.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from benchmarks.findings import upstream
from benchmarks.machine.python import python_environment
from tests.long import LONG

ROOT = Path(__file__).parents[3]
(FOLDER,) = map(Path, upstream.__path__)
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "__init__")
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "upstream").glob("*.md")}
GONE = 3


def was_seen_in_these(text: str) -> bool:
    """Whether the text names versions of packages, and just those are installed."""
    (line,) = (each for each in text.splitlines() if each.startswith("**Versions**"))
    named = re.findall(r"\b(keras|torch|tensorflow|triton|jax) (\d+\.\d+\.\d+)", line)
    return bool(named) and all(version(package).partition("+")[0] == seen for package, seen in named)


def test_versions_are_read_from_the_text() -> None:
    assert was_seen_in_these(f"# A\n**Versions**: keras {version('keras')}, g++ 12; Python 3.11, Linux")
    assert not was_seen_in_these("# A\n**Versions**: keras 0.0.1; Python 3.11, Linux")
    assert not was_seen_in_these("# A\n**Versions**: Linux")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_defect_is_there(script: Path) -> None:
    if not LONG and was_seen_in_these(TEXTS[script.stem]):
        pytest.skip("it was seen in the very versions that are installed")
    environment = python_environment({"CUDA_VISIBLE_DEVICES": "", "XLA_FLAGS": ""})  # XLA as everybody has it
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode != GONE, f"The pinned version no longer has it: {done.stdout}"
    assert done.returncode == 0, done.stderr[-3000:]
    assert "seen: " in done.stdout
    assert "right:" in done.stdout


def test_every_script_has_a_text_that_names_it_and_stands_in_the_list() -> None:
    for script in SCRIPTS:
        text = TEXTS[script.stem]
        assert str(script.relative_to(ROOT)) in text
        for part in ("**Versions**", "## Expected", "## Actual", "## Analysis", "## What ganbench does"):
            assert part in text, f"{script.stem}: {part}"
    assert {name for name in TEXTS if f"]({name}.md)" not in TEXTS["README"]} == {"README"}


def test_the_scripts_stand_alone() -> None:
    for script in SCRIPTS:
        assert not any(
            f"{word} {package}" in script.read_text(encoding="utf-8")
            for word in ("import", "from")
            for package in ("benchmarks", "common", "keras_impl", "torch_impl")
        )
