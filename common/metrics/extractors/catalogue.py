"""The extractors by name; each is loaded, and ONNX Runtime imported, only when asked for."""

from __future__ import annotations

from pathlib import Path

from common.data.cache import cache_root
from common.errors import unknown_name
from common.metrics.extractors import converted, mnistnet
from common.metrics.extractors.base import Extractor


def names() -> list[str]:
    """The known extractors."""
    return sorted(["mnistnet", *converted.PUBLISHED])


def load_extractor(name: str, threads: int | None = None, cache_dir: Path | str | None = None) -> Extractor:
    """The extractor called `name`, ready to run on `threads` CPU threads (None: all that the process may use).

    `mnistnet` ships with the package; the others are read from the cache folder (see `common.data.cache.cache_root`),
    where `python -m benchmarks.scoring.extractors.convert NAME` puts them.

    Raises:
        BadInput: no such extractor (the nearest name is suggested), or its network file is missing or broken.
    """
    if name not in names():
        raise unknown_name("extractor", name, names())
    if name == "mnistnet":
        return mnistnet.load(threads)
    return converted.load(name, cache_root(cache_dir), threads)
