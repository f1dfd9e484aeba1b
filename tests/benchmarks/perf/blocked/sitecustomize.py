"""A Python without the packages that a lent machine may lack: it can neither import them nor see them installed."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import Any

MISSING = {"tensorflow", "tensorflow-datasets", "torchvision", "mlxtend", "ganbench"}
_version = importlib.metadata.version
_requires = importlib.metadata.requires


class Blocker:
    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0].replace("_", "-") in MISSING:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def _unless_missing(question: Any) -> Any:
    def ask(name: str) -> Any:
        if name in MISSING:
            raise importlib.metadata.PackageNotFoundError(name)
        return question(name)

    return ask


sys.meta_path.insert(0, Blocker)  # type: ignore[arg-type]
importlib.metadata.version = _unless_missing(_version)
importlib.metadata.requires = _unless_missing(_requires)
