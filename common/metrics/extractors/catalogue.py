"""The extractors by name; each is loaded, and ONNX Runtime imported, only when asked for."""

from __future__ import annotations

from collections.abc import Callable

from common.errors import unknown_name
from common.metrics.extractors import mnistnet
from common.metrics.extractors.base import Extractor

_LOADERS: dict[str, Callable[[int | None], Extractor]] = {"mnistnet": mnistnet.load}


def names() -> list[str]:
    """The known extractors."""
    return sorted(_LOADERS)


def load_extractor(name: str, threads: int | None = None) -> Extractor:
    """The extractor called `name`, ready to run on `threads` CPU threads (None: all that the process may use).

    Raises:
        BadInput: no such extractor (the nearest name is suggested), or its network file is missing or broken.
    """
    if name not in _LOADERS:
        raise unknown_name("extractor", name, _LOADERS)
    return _LOADERS[name](threads)
