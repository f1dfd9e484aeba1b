"""The extractors by name; each is loaded, and ONNX Runtime imported, only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.data.cache import cache_root
from common.metrics.extractors import converted, mnistnet
from common.metrics.extractors.base import Extractor
from common.registry import Registry


@dataclass(frozen=True)
class AvailableExtractor:
    """An extractor that can be asked for: its name, and how to load it, given the cache folder and threads or None."""

    name: str
    load: Callable[[Path, int | None], Extractor]


EXTRACTORS = Registry(
    "extractor",
    "extractors",
    AvailableExtractor,
    (
        AvailableExtractor("mnistnet", lambda folder, threads: mnistnet.load(threads)),
        *(AvailableExtractor(name, partial(converted.load, name)) for name in converted.PUBLISHED),
    ),
)


def load_extractor(name: str, threads: int | None = None, cache_dir: Path | str | None = None) -> Extractor:
    """The extractor called `name`, ready to run on `threads` CPU threads (None: all that the process may use).

    `mnistnet` ships with the package; the converted ones are read from the cache folder (see
    `common.data.cache.cache_root`), where `python -m benchmarks.scoring.extractors.convert NAME` puts them.

    Raises:
        BadInput: no such extractor (the nearest name is suggested), or its network file is missing or broken.
    """
    return EXTRACTORS.find(name).load(cache_root(cache_dir), threads)
