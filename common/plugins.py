"""Plug-ins: models, data sets, metrics, extractors and engines that come from outside of ganbench's own files.

A plug-in is an installed package with entry points (`[project.entry-points."ganbench.models"]`, and likewise
`.datasets`, `.metrics`, `.extractors`, `.engines`), or one Python file named by `--plugin FILE.py`, which lists what it
adds in tuples called MODELS, DATASETS, METRICS, EXTRACTORS or ENGINES. Files are passed on to child processes by the
variable GANBENCH_PLUGINS.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from common.errors import BadInput

VARIABLE = "GANBENCH_PLUGINS"
GROUPS = ("models", "datasets", "metrics", "extractors", "engines")


def use_files(files: list[Path]) -> None:
    """Use these plug-in files in this process and its children, beside those that are used already.

    Raises:
        BadInput: a file that is not there, is not Python, fails to import, or adds nothing.
    """
    for file in files:
        module = _module(file.absolute())
        if not any(hasattr(module, group.upper()) for group in GROUPS):
            raise BadInput(
                f"The plug-in {file} adds nothing: list what it adds in a tuple called "
                f"{', '.join(group.upper() for group in GROUPS)}."
            )
    known = _files()
    added = [str(file.absolute()) for file in files]
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys([*map(str, known), *added]))


def contributions(group: str) -> Iterator[tuple[str, Any]]:
    """Who adds what under `group` ("models", ...): (name of the package or file, the object that it names).

    Raises:
        BadInput: a plug-in that cannot be imported, or whose entry point names something else than it gives.
    """
    for point in importlib.metadata.entry_points(group=f"ganbench.{group}"):
        origin = point.dist.name if point.dist is not None else point.value
        try:
            found = point.load()
        except Exception as error:  # whatever somebody else's module raises when it is imported
            raise BadInput(
                f"The plug-in {origin} cannot be imported ({type(error).__name__}: {error}): mend or uninstall it."
            ) from error
        if (name := getattr(found, "name", None)) != point.name:
            raise BadInput(f"The plug-in {origin} announces '{point.name}' in {point.group}, but gives '{name}'.")
        yield origin, found
    for file in _files():
        added = getattr(_module(file), group.upper(), ())
        if not isinstance(added, list | tuple):
            raise BadInput(f"The plug-in {file} says {group.upper()} = {added!r}: a tuple is needed.")
        yield from ((str(file), found) for found in added)


def in_use() -> dict[str, str]:
    """Plug-ins that are there to be used: package -> version, file name -> the beginning of its SHA-256."""
    points = [point for group in GROUPS for point in importlib.metadata.entry_points(group=f"ganbench.{group}")]
    packages = {point.dist.name: point.dist.version for point in points if point.dist is not None}
    return packages | {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in _files()}


def _files() -> list[Path]:
    return [Path(each) for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]


@cache
def _module(file: Path) -> ModuleType:
    """The plug-in's module, imported by its own name from its own folder, where its other modules lie too."""
    if file.suffix != ".py" or not file.is_file():
        raise BadInput(f"There is no plug-in {file}: name an existing Python file.")
    if not file.stem.isidentifier() or file.stem.startswith("__"):
        raise BadInput(f"The plug-in {file} cannot be imported by its name: call it as a module, like my_gan.py.")
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    found = importlib.util.find_spec(file.stem)
    if found is None or found.origin is None or not file.samefile(found.origin):
        raise BadInput(f"The plug-in {file} has the name of another module: call it something else than {file.stem}.")
    try:
        return importlib.import_module(file.stem)
    except Exception as error:  # whatever somebody else's module raises when it is imported
        raise BadInput(f"The plug-in {file} cannot be imported ({type(error).__name__}: {error}): mend it.") from error
