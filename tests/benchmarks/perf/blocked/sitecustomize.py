"""A Python without the packages that a lent machine may lack: it can neither find them nor see them installed."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
from typing import Any

MISSING = {"tensorflow", "tensorflow-datasets", "torchvision", "mlxtend", "ganbench"}
_version = importlib.metadata.version
_requires = importlib.metadata.requires
_find_spec = importlib.machinery.PathFinder.find_spec


def _find(name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
    """Some ask for a module without importing it: None is the answer, not an error."""
    missing = name.partition(".")[0].replace("_", "-") in MISSING
    return None if missing else _find_spec(name, path, target)


def _unless_missing(question: Any) -> Any:
    def ask(name: str) -> Any:
        if name in MISSING:
            raise importlib.metadata.PackageNotFoundError(name)
        return question(name)

    return ask


importlib.machinery.PathFinder.find_spec = staticmethod(_find)  # type: ignore[assignment, method-assign]
importlib.metadata.version = _unless_missing(_version)
importlib.metadata.requires = _unless_missing(_requires)
