"""Variants: what tells configurations of one model, data set and contender apart, as a sweep makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from common.specs.base import flatten
from common.specs.cell import Cell

_SECTION = re.compile(r"(?:\w+\.)+(?=\w+=)")


def without_sections(variant: str) -> str:
    """A variant for where there is little room: "width=32" of "network.width=32"."""
    return _SECTION.sub("", variant)


def differing(alike: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """Of flat configurations, in order, each one's fields in which they are not all equal."""
    flats = list(alike)
    every = sorted({name for flat in flats for name in flat})
    names = [name for name in every if len({str(flat.get(name)) for flat in flats}) > 1]
    return [{name: flat.get(name) for name in names} for flat in flats]


def worded(setting: dict[str, object]) -> str:
    """What `differing` gave, in words: "network.width=32", "" if nothing differs."""
    return ", ".join(f"{name.removeprefix('model.')}={value}" for name, value in setting.items())


def variants(cells: Iterable[Cell]) -> dict[str, str]:
    """By what cells of equal variant have in common (`Cell.identity("seed")`): "network.width=32", or "" where there is
    only one of a model, data set and contender."""
    alike: dict[tuple[str, ...], dict[str, dict[str, object]]] = {}
    for cell in cells:
        key = cell.identity("seed")
        found = alike.setdefault((cell.model.name, cell.dataset, cell.contender), {})
        if key not in found:
            found[key] = flatten(json.loads(key))
    texts: dict[str, str] = {}
    for fields in alike.values():
        texts |= zip(fields, map(worded, differing(fields.values())), strict=True)
    return texts
