"""Reading within bounds: whole files, whatever they say about their size, and none that is too large."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from common.errors import BadInput
from common.untrusted import read_bytes


@pytest.mark.parametrize("size", [0, 1, 99, 100])
def test_a_file_up_to_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert read_bytes(tmp_path / "file", 100) == data


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a" * ((1 << 20) + 1))
    with pytest.raises(BadInput, match="is larger than 1 MB: that is too much for a file of its kind"):
        read_bytes(tmp_path / "file", 1 << 20)


def test_a_file_that_does_not_say_how_large_it_is_is_read_whole_or_refused() -> None:
    path = Path("/proc/self/status")
    assert path.stat().st_size == 0
    assert len(read_bytes(path, 1 << 20).splitlines()) > 20
    with pytest.raises(BadInput, match="is larger than"):
        read_bytes(path, 100)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # nobody writes to it: who opened it would wait for ever
    for path, words in ((tmp_path, "no plain file"), (tmp_path / "pipe", "no plain file"), (tmp_path / "x", "no file")):
        with pytest.raises(BadInput, match=words):
            read_bytes(path, 100)
