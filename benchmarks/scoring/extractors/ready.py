"""An extractor ready to use: converted first, if that has not been done on this machine."""

from __future__ import annotations

from pathlib import Path

from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from common.data.cache import cache_root
from common.errors import BadInput
from common.metrics.extractors import converted
from common.metrics.extractors.available import load_extractor
from common.metrics.extractors.base import Extractor


class UnavailableExtractor(BadInput):
    """An extractor that cannot be had on this machine."""


def ready_extractor(name: str, threads: int | None = None, cache_dir: Path | None = None) -> Extractor:
    """The extractor, converted first (in a process of its own, which needs torch) if that has not been done yet.

    Raises:
        BadInput: no such extractor.
        UnavailableExtractor: the conversion failed; the sentence is the conversion's own.
    """
    folder = cache_root(cache_dir)
    if name in converted.PUBLISHED and not converted.note_file(folder, name).is_file():
        command = python_command("benchmarks.scoring.extractors.convert", name, "--cache-dir", str(folder))
        end = run_child(command)
        if end.code != 0:
            last = end.stderr_tail[-1] if end.stderr_tail else "no message"
            raise UnavailableExtractor(f"The extractor '{name}' could not be prepared: {last}")
    return load_extractor(name, threads, cache_dir)
