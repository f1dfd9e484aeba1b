"""Contenders of speed scripts in processes of their own: called there, once a call, and missed when they are gone."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from benchmarks.perf.apart import apart


def test_work_is_made_and_called_in_another_process(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    call = apart(partial, os.renames, first, second / "moved")
    first.mkdir()
    assert first.exists()  # made, not called
    call()
    assert (second / "moved").exists()
    first.mkdir()
    call()


def test_a_process_that_failed_is_missed(tmp_path: Path) -> None:
    call = apart(partial, os.mkdir, tmp_path)
    with pytest.raises((EOFError, ConnectionError)):
        call()
