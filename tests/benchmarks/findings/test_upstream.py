"""What is reported upstream is there in the pinned versions: once one is gone, its text and workaround have to go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.findings import upstream
from benchmarks.machine.python import python_environment

ROOT = Path(__file__).parents[3]
(FOLDER,) = map(Path, upstream.__path__)
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "__init__")
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "upstream").glob("*.md")}
GONE = 3


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_defect_is_there(script: Path) -> None:
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
