"""The two files of a network side by side, what differs marked: `diff` of the twins explains the frameworks."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.specs.networks import NetworkSpec


@dataclass(frozen=True)
class Line:
    """A line of both files; None where only the other file has one."""

    left: str | None
    right: str | None
    same: bool


def twin_lines(spec: NetworkSpec) -> tuple[tuple[str, str], list[Line]] | None:
    """The modules of the spec's family in PyTorch and Keras, and their lines beside each other; None without a file."""
    names = spec.module("torch"), spec.module("keras")
    paths = [_file(name) for name in names]
    if paths[0] is None or paths[1] is None:
        return None
    left, right = (path.read_text(encoding="utf-8").splitlines() for path in (paths[0], paths[1]))
    return names, list(_aligned(left, right))


def _file(module: str) -> Path | None:
    """Where `module` lies, without importing it and so its framework."""
    package, _, name = module.rpartition(".")
    folder = importlib.util.find_spec(package.partition(".")[0])
    for root in (folder.submodule_search_locations or []) if folder else []:
        path = Path(root, *package.split(".")[1:], f"{name}.py")
        if path.is_file():
            return path
    return None


def _aligned(left: list[str], right: list[str]) -> Iterator[Line]:
    for kind, i, i_end, j, j_end in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for offset in range(max(i_end - i, j_end - j)):
            yield Line(
                left[i + offset] if i + offset < i_end else None,
                right[j + offset] if j + offset < j_end else None,
                kind == "equal",
            )
