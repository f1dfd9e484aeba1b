"""The set-up behind `make`: finished once, interruptions noticed, and one sentence for whatever is missing."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from benchmarks.setup import environment

HOUSE = Path(__file__).parents[3]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository in a path with a space, on a roomy disk."""
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(100e9, 0, 100e9))
    folder = tmp_path / "a path"
    folder.mkdir()
    for name in environment.INPUTS:
        (folder / name).write_text("first")
    return folder


def write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def calls(monkeypatch):
    """What would be run: `venv` makes a Python that works, `pip` and `install` do nothing."""
    made = []

    def call(command, folder, failed):
        if command[1:3] == ["-m", "venv"]:
            made.append("venv")
            write_script(Path(command[3]) / "bin" / "python", f'exec "{sys.executable}" "$@"')
        else:
            assert command[:3] == [str(folder / ".venv" / "bin" / "python"), "-m", "pip"]
            made.append("pip" if command[-1] == "pip" else "install")

    monkeypatch.setattr(environment, "_call", call)
    return made


def stub_python(folder, version):
    """A folder for PATH with nothing but dirname and a python3 that says it is `version` and fits nothing."""
    write_script(folder / "python3", f'[ "$1" = --version ] && echo "Python {version}" && exit 0; exit 1')
    (folder / "dirname").symlink_to(shutil.which("dirname"))
    return {"PATH": str(folder)}


def run_setup(environ):
    script = HOUSE / "benchmarks" / "setup" / "setup.sh"
    return subprocess.run(["/bin/sh", script], env=environ, capture_output=True, text=True, check=False)


def test_installs_once(root, calls):
    environment.prepare(root)
    assert calls == ["venv", "pip", "install"]
    environment.prepare(root)
    assert calls == ["venv", "pip", "install"]


@pytest.mark.parametrize("name", environment.INPUTS)
def test_changed_requirements_are_installed_into_the_same_environment(root, calls, name):
    environment.prepare(root)
    (root / name).write_text("second")
    environment.prepare(root)
    assert calls == ["venv", "pip", "install", "pip", "install"]


def test_a_moved_environment_is_not_taken_for_ready(root, calls):
    environment.prepare(root)
    moved = root.rename(root.with_name("another path"))
    assert not environment.is_ready(moved, moved / ".venv")


@pytest.mark.parametrize("break_off", [KeyboardInterrupt, environment.Missing])
def test_an_interrupted_installation_is_made_anew(root, calls, monkeypatch, break_off):
    whole = environment._call

    def interrupted(command, folder, failed):
        whole(command, folder, failed)
        if calls[-1] == "install":
            (folder / ".venv" / "half-copied").touch()
            raise break_off

    monkeypatch.setattr(environment, "_call", interrupted)
    with pytest.raises(break_off):
        environment.prepare(root)
    monkeypatch.setattr(environment, "_call", whole)
    environment.prepare(root)
    assert calls == ["venv", "pip", "install"] * 2
    assert not (root / ".venv" / "half-copied").exists()
    assert environment.is_ready(root, root / ".venv")


def test_a_failed_update_does_not_cost_the_environment(root, calls, monkeypatch):
    environment.prepare(root)
    whole = environment._call

    def offline(command, folder, failed):
        raise environment.Missing(failed)

    (root / "constraints.txt").write_text("second")
    monkeypatch.setattr(environment, "_call", offline)
    with pytest.raises(environment.Missing, match="tries again"):
        environment.prepare(root)
    monkeypatch.setattr(environment, "_call", whole)
    environment.prepare(root)
    assert calls == ["venv", "pip", "install", "pip", "install"]


def test_an_interrupted_compilation_costs_no_environment(root, calls, monkeypatch):
    whole = environment.compile_all

    def interrupted(venv, python):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "compile_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.prepare(root)
    monkeypatch.setattr(environment, "compile_all", whole)
    environment.prepare(root)
    assert calls == ["venv", "pip", "install", "pip", "install"]
    assert environment.is_ready(root, root / ".venv")


def test_packages_are_compiled_even_where_python_may_write_no_bytecode(root, monkeypatch):
    venv = root / "tests" / ".venv"
    packages = venv / "lib" / "python3" / "site-packages"
    for name in ("used/__init__.py", "used/tests/__init__.py", "used/template.py"):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("class {{ name }}:" if "template" in name else "")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment.compile_all(venv, sys.executable)
    (made,) = packages.rglob("*.pyc")
    assert made.parent.parent.name == "used"


def test_a_killed_process_leaves_no_lock(root, calls):
    (root / ".venv").mkdir()
    (root / ".venv" / ".ganbench-lock").touch()
    environment.prepare(root)
    assert calls == ["venv", "pip", "install"]


def test_a_second_caller_waits_and_then_has_nothing_to_do(root):
    program = (
        "import sys, time; from pathlib import Path; from benchmarks.setup import environment as e\n"
        "def call(command, folder, failed):\n"
        "    if 'venv' in command:\n"
        "        python = folder / '.venv/bin/python'; python.parent.mkdir(); python.symlink_to(sys.executable)\n"
        "    time.sleep(0.5); print(command[-1], flush=True)\n"
        "e._call = call; e.check_space = lambda *places: None; e.usable = lambda venv: (venv / 'bin/python').exists()\n"
        "e.prepare(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(root)]
    pair = [subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in pair]
    assert [process.returncode for process in pair] == [0, 0]
    assert sum(text.count(environment.EXTRAS) for text in said) == 1


def test_a_folder_made_by_hand_that_does_not_work_is_left_alone(root, calls):
    (root / ".venv").mkdir()
    (root / ".venv" / "precious").write_text("mine")
    with pytest.raises(environment.Missing, match="move it away"):
        environment.prepare(root)
    assert (root / ".venv" / "precious").read_text() == "mine"
    assert calls == []


def test_an_environment_made_by_hand_is_used(root, calls):
    write_script(root / ".venv" / "bin" / "python", f'exec "{sys.executable}" "$@"')
    environment.prepare(root)
    assert calls == ["pip", "install"]


def test_another_python_makes_another_environment(root, calls, monkeypatch):
    environment.prepare(root)
    write_script(root / ".venv" / "bin" / "python", "echo 3 10 True")
    monkeypatch.setenv("PYTHON", sys.executable)
    environment.prepare(root)
    assert calls == ["venv", "pip", "install"] * 2


def test_a_full_disk_is_said_before_anything_is_fetched(root, calls, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(100e9, 95e9, 5e9))
    with pytest.raises(environment.Missing, match=r"about 13 GB .* but 5\.0 GB are free"):
        environment.prepare(root)
    assert calls == []


def test_a_full_disk_does_not_stop_an_update(root, calls, monkeypatch):
    environment.prepare(root)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(100e9, 95e9, 5e9))
    (root / "constraints.txt").write_text("second")
    environment.prepare(root)
    assert calls[-1] == "install"


def test_a_python_without_venv_is_named(root, monkeypatch):
    write_script(root / "python", "exit 1")
    monkeypatch.setattr(sys, "executable", str(root / "python"))
    with pytest.raises(environment.Missing, match="lacks the module venv or ensurepip"):
        environment.prepare(root)


def test_a_failing_pip_is_one_sentence(root):
    with pytest.raises(environment.Missing, match=r"^it failed\.$"):
        environment._call([sys.executable, "-c", "raise SystemExit(1)"], root, "it failed")


def test_an_unwritable_folder_is_one_sentence(root, monkeypatch, capsys):
    (root / ".venv").write_text("a file, not a folder")
    monkeypatch.setattr(sys, "argv", ["environment.py", "--root", str(root)])
    assert environment.main() == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_old_python_is_one_sentence(tmp_path):
    done = run_setup(stub_python(tmp_path / "bin", "3.8.10"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "3.11, 3.12 or 3.13 is needed, but python3 is Python 3.8.10" in done.stderr


def test_a_python_that_is_not_there_is_one_sentence(tmp_path):
    done = run_setup({**stub_python(tmp_path / "bin", "3.8.10"), "PYTHON": "/no where/python"})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "/no where/python is not there" in done.stderr


def test_make_works_in_a_path_with_a_space(root):
    """`make environment` reaches environment.py of its own repository, with the Python that was named."""
    shutil.copy(HOUSE / "Makefile", root)
    shutil.copytree(HOUSE / "benchmarks" / "setup", root / "benchmarks" / "setup")
    python = root / "own python"
    write_script(python, f'[ "$1" = -c ] && exec "{sys.executable}" "$@"; echo "got $1"')
    environ = {"PATH": os.environ["PATH"]}
    command = ["make", "--no-print-directory", "environment", f"PYTHON={python}"]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "got benchmarks/setup/environment.py\n"


def test_make_alone_shows_every_command():
    done = subprocess.run(["make", "-s"], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        "help",
        "environment",
        "quick",
        "test",
        "lint",
        "reports",
        "regress",
        "clean",
    ]
