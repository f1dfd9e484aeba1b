"""Atomic files: the old file or the whole new one, whatever happens; a full disk in one sentence."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from common.errors import BadInput, GanbenchError
from common.files import atomic_write, copy_file, sha256_of, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_file_appears_when_the_block_ends_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "made" / "on the way" / "a.bin"
    with atomic_write(path) as handle:
        handle.write(b"half")
        handle.flush()
        assert not path.exists()
        handle.write(b" whole")
    assert path.read_bytes() == b"half whole"
    assert names(path.parent) == ["a.bin"]


def test_an_old_file_is_replaced_at_once_and_readers_of_the_old_one_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with path.open() as reader:
        with atomic_write(path, "w") as handle:
            handle.write("new, süß")
            handle.flush()
            assert path.read_text() == "old"
        assert reader.read() == "old"
    assert path.read_text(encoding="utf-8") == "new, süß"


@pytest.mark.parametrize("error", [RuntimeError("stop"), KeyboardInterrupt(), ValueError("bad")])
def test_an_error_in_the_block_passes_through_and_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail() -> None:
        with atomic_write(path, "w") as handle:
            handle.write("new")
            raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    program = (
        "import os, signal, sys\nfrom common.files import atomic_write\n"
        "with atomic_write(sys.argv[1], 'w') as handle:\n"
        "    handle.write('new'); handle.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program, str(path)], cwd=root, timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "mkstemp"])
def test_full_disk_is_one_sentence_wherever_it_strikes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write() -> None:
        with atomic_write(path, "w") as handle:
            if call == "write":
                full()
            handle.write("new")

    targets = {"fsync": "os.fsync", "replace": "pathlib.Path.replace", "mkstemp": "tempfile.mkstemp"}
    with monkeypatch.context() as patch:
        if call in targets:
            patch.setattr(targets[call], full)
        with pytest.raises(GanbenchError) as caught:
            write()
    sentence = f"No space left on the disk while writing {path}: free some and run the command again."
    assert str(caught.value) == sentence
    assert not isinstance(caught.value, BadInput)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GanbenchError, match=r"Cannot write .*file/a\.txt: .*Choose a folder"):
        write_text(tmp_path / "file" / "a.txt", "x")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(GanbenchError, match="Permission denied"):
        write_text(folder / "a.txt", "x")


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_files_have_the_permissions_that_the_umask_gives(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "a.txt", "x")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_writing_through_a_name_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_text("a.txt", "x")
    assert (tmp_path / "a.txt").read_text() == "x"


@pytest.mark.parametrize("data", [b"", b"abc", bytes(range(256)) * 9000])
def test_sha256(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(data).hexdigest()


def test_the_rename_is_flushed_after_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut leaves: the data of a file before its name, its name before anything written later."""
    flushed: list[tuple[bool, list[str]]] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: flushed.append((stat.S_ISDIR(os.fstat(handle).st_mode), names(tmp_path)))
    )
    write_text(tmp_path / "a.txt", "x")
    assert [(folder, "a.txt" in there) for folder, there in flushed] == [(False, False), (True, True)]


def test_a_copy_has_the_bytes_and_a_missing_source_leaves_the_target(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 9000)
    copy_file(tmp_path / "a", tmp_path / "folder" / "b")
    assert (tmp_path / "folder" / "b").read_bytes() == (tmp_path / "a").read_bytes()
    with pytest.raises(GanbenchError, match=r"Cannot read .*missing"):
        copy_file(tmp_path / "missing", tmp_path / "a")
    assert names(tmp_path) == ["a", "folder"]
