"""Make `.venv` in the repository and install ganbench with its pinned packages into it; does nothing if that is done.

Runs before anything is installed, so it uses the standard library only. A stamp in `.venv` holds a hash of what the
environment depends on and is written last; a mark beside it, written first, says that an installation has begun. An
environment with the mark was interrupted and is made anew, since pip does not notice a package it had copied by half.
A
`.venv` that was made by hand carries neither: it is filled if it works, and else left alone.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXTRAS = "torch,keras,jax,ray,site,dev"
INPUTS = ("pyproject.toml", "constraints.txt")
OLDEST, NEWEST = (3, 11), (3, 13)
# the environment, as measured, and the packed files that pip holds in the temporary folder while it installs them
ENVIRONMENT_GB, DOWNLOADS_GB = 9, 4

_STAMP, _MARK, _LOCK = ".ganbench-ready", ".ganbench-installing", ".ganbench-lock"


class Missing(Exception):
    """The environment cannot be made; the message is the one sentence for the user."""


def main() -> int:
    """Prepare the environment of the repository this file lies in; returns the exit code."""
    parser = argparse.ArgumentParser(description="Prepare the environment that the Makefile uses.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="the repository")
    root = parser.parse_args().root.resolve()
    try:
        prepare(root)
    except Missing as problem:
        print(f"ganbench: {problem}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"ganbench: the environment {root / '.venv'} could not be made: {error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nganbench: interrupted; the same command makes the environment from where it can.", file=sys.stderr)
        return 130
    return 0


def prepare(root: Path) -> None:
    """Bring `root/.venv` up to date with the files in `INPUTS`; a second caller waits for the first.

    Raises:
        Missing: something is missing that only the user can provide.
        OSError: the folder cannot be written.
    """
    venv = root / ".venv"
    if is_ready(root, venv):
        return
    check_python()
    if is_foreign(venv) and not usable(venv):
        raise Missing(f"{venv} exists, but is no working environment with pip: move it away, then try again.")
    venv.mkdir(exist_ok=True)
    with (venv / _LOCK).open("w") as lock:
        wait_for(lock.fileno(), venv)
        if is_ready(root, venv):
            return
        whole = usable(venv) and not (venv / _MARK).exists()
        if not whole:
            clear(venv)
        if not (venv / _STAMP).exists():
            check_space(root, Path(tempfile.gettempdir()))
        install(root, venv, make=not whole)


def fingerprint(root: Path) -> str:
    """The hash of what the environment depends on: requirements, pins, and the place it was made for."""
    digest = hashlib.sha256(f"{root}\n{EXTRAS}\n".encode())
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_ready(root: Path, venv: Path) -> bool:
    """Whether `venv` was finished for exactly these requirements (and with PYTHON, if the user named one)."""
    stamp = venv / _STAMP
    finished = stamp.exists() and not (venv / _MARK).exists() and stamp.read_text() == fingerprint(root)
    return finished and usable(venv)


def is_foreign(venv: Path) -> bool:
    """Whether `venv` was made by hand: it exists and is not empty, but has none of this program's files."""
    ours = (_STAMP, _MARK, _LOCK)
    return venv.exists() and any(venv.iterdir()) and not any((venv / name).exists() for name in ours)


def check_python() -> None:
    """Raises Missing if this Python is too old or too new for the pins, or cannot make environments."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise Missing(f"Python 3.11, 3.12 or 3.13 is needed, but {sys.executable} is {version[0]}.{version[1]}.")
    done = subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    if done.returncode != 0:
        raise Missing(
            f"{sys.executable} lacks the module venv or ensurepip: install it "
            f"(on Debian and Ubuntu: apt install python{version[0]}.{version[1]}-venv), then try again."
        )


def check_space(root: Path, temporary: Path) -> None:
    """Raises Missing if a first installation would fill the disk of `root`, or the one that pip unpacks on."""
    if root.stat().st_dev == temporary.stat().st_dev:
        needs = [(root, ENVIRONMENT_GB + DOWNLOADS_GB)]
    else:
        needs = [(root, ENVIRONMENT_GB), (temporary, DOWNLOADS_GB)]
    for place, needed in needs:
        free = shutil.disk_usage(place).free / 1e9
        if free < needed:
            other = "" if place == root else ", or name another folder, as in: TMPDIR=/var/tmp make quick"
            raise Missing(
                f"a first installation of PyTorch and TensorFlow needs about {needed} GB on the disk of {place}, "
                f"but {free:.1f} GB are free: make room{other}."
            )


def wait_for(lock: int, venv: Path) -> None:
    """Hold the lock until this process ends; it also ends with a process that was killed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another process is preparing {venv}: waiting for it.", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def install(root: Path, venv: Path, make: bool) -> None:
    """Let pip bring the environment up to date; `make` it first.

    Raises:
        Missing: venv or pip failed; what they said is on the screen already.
    """
    begin = time.monotonic()
    (venv / _MARK).touch()
    if make:
        print(f"Making an environment with Python {sys.version.split()[0]} in {venv}", flush=True)
        _call([sys.executable, "-m", "venv", str(venv)], root, "the environment could not be made, see above")
    print("Installing ganbench with PyTorch, TensorFlow and Keras: about 9 GB, a few minutes", flush=True)
    python = str(venv / "bin" / "python")
    # compiled by `compile_all`: pip would do it on one core
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--no-compile", "-c", "constraints.txt"]
    failed = "pip could not install the packages, see above; the same command tries again"
    try:
        _call([*pip, "--quiet", "--upgrade", "pip"], root, failed)  # the one that comes with Python may be years old
        _call([*pip, "--editable", f".[{EXTRAS}]"], root, failed)
    except Missing:
        if not make:  # pip gave up by itself, so what was there is whole
            (venv / _MARK).unlink()
        raise
    (venv / _MARK).unlink()  # what is interrupted from here on is whole, and only done again
    compile_all(venv, python)
    stamp = venv / f"{_STAMP}.new"
    stamp.write_text(fingerprint(root))
    stamp.replace(venv / _STAMP)
    print(f"The environment is ready after {time.monotonic() - begin:.0f} s", flush=True)


def compile_all(venv: Path, python: str) -> None:
    """Compile what was installed, but for packages' own tests, on all cores.

    Python would do so when a file is first imported; but where it may write no bytecode (PYTHONDONTWRITEBYTECODE, usual
    in containers), every process would compile TensorFlow anew, which then starts three times as slowly.
    """
    # wherever the environment itself lies
    options = ["-qq", "-j", "0", "-x", "/site-packages/.*/tests?/"]
    # some files are templates, no Python; what cannot be compiled stays as it is
    subprocess.run([python, "-m", "compileall", *options, str(venv / "lib")], check=False)


def usable(venv: Path) -> bool:
    """Whether the environment's Python starts, has pip, and is of PYTHON's version if the user named one."""
    program = "import importlib.util, sys; print(*sys.version_info[:2], bool(importlib.util.find_spec('pip')))"
    try:
        done = subprocess.run([venv / "bin" / "python", "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    words = done.stdout.split()
    if done.returncode != 0 or words[-1] != "True":
        return False
    return not os.environ.get("PYTHON") or words[:2] == [str(part) for part in sys.version_info[:2]]


def clear(venv: Path) -> None:
    """Delete everything in `venv` but this program's own files."""
    for path in venv.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in (_MARK, _LOCK):
            path.unlink()


def _call(command: list[str], root: Path, failed: str) -> None:
    if subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise Missing(f"{failed}.")


if __name__ == "__main__":
    sys.exit(main())
