"""The Python of each engine: from a file, from the command line, and where it is really used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.interpreters import VARIABLE, interpreter_of, use_interpreters
from benchmarks.machine.python import python_command, python_environment
from common.errors import BadInput


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "{}")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An interpreter of another path, which says when it was used."""
    script = tmp_path / "other" / "python"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path / "used"}"\nexec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    return script


def test_command_line_goes_before_the_file_and_the_file_before_this_python(tmp_path: Path, other: Path) -> None:
    file = tmp_path / "engines.toml"
    file.write_text(f'torch = "{other}"\nkeras-tf = "{other}"\n')
    use_interpreters([f"keras-tf={sys.executable}"], file)
    assert interpreter_of("torch") == str(other)
    assert python_command("x", engine="torch")[0] == str(other)
    assert python_command("x", engine="keras-tf")[0] == python_command("x", engine="keras-jax")[0] == sys.executable
    assert json.loads(os.environ[VARIABLE]).keys() == {"torch", "keras-tf"}


@pytest.mark.parametrize(
    ("pairs", "text", "sentence"),
    [
        (["torch"], "", "write it as ENGINE=PATH"),
        (["tortch=python"], "", "torch"),
        (["torch=/no/such/python"], "", "'torch', /no/such/python, cannot be run"),
        ([], "torch = 3", "torch is 3: give the path"),
        ([], "torch: 3", "is not TOML"),
    ],
)
def test_wrong_choices_are_one_sentence(tmp_path: Path, pairs: list[str], text: str, sentence: str) -> None:
    (tmp_path / "engines.toml").write_text(text)
    with pytest.raises(BadInput, match=sentence):
        use_interpreters(pairs, tmp_path / "engines.toml")


def test_a_run_trains_each_engine_in_its_own_python(tmp_path: Path, other: Path) -> None:
    (tmp_path / "engines.toml").write_text(f'torch = "{other}"\n')
    (tmp_path / "tiny.toml").write_text(
        'models = ["dcgan"]\nengines = ["torch", "keras-tf"]\ndatasets = ["mnist-5k"]\ndevice = "cpu"\n'
        "[training]\nepochs = 1\nbatch_size = 16\nmax_images = 32\nimage_size = 16\nsample_count = 12\n"
        "[overrides.dcgan]\nnetwork.width = 4\n"
    )
    command = [sys.executable, "-m", "benchmarks.cli.main", "run", "tiny.toml", "--out", "run", "--threads", "1"]
    done = subprocess.run(
        command, cwd=tmp_path, env=python_environment({"TMPDIR": str(tmp_path)}), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (tmp_path / "used").read_text().splitlines()
    assert "benchmarks.running.worker" in line
    assert "torch-eager" in line
