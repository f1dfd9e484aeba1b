"""Sweeps: one field or several taken through lists of values, each combination a variant of the whole matrix."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from common.errors import BadInput


def sweep_points(sweep: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the values of a sweep, the last field changing fastest.

    Args:
        sweep: dotted field, "model:" before it or not as in `--set` -> list of its values; the tables of a TOML file
            ({"network": {"width": [8, 16]}}) are taken as dotted.

    Returns:
        One dictionary of settings per combination; a single empty one for no sweep.

    Raises:
        BadInput: values that are no list, an empty list or one with a repeated value.
    """
    lists = _lists(sweep)
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


def count_points(sweep: Mapping[str, Any]) -> int:
    """How many combinations there are; 1 for no sweep.

    Raises:
        BadInput: as `sweep_points`.
    """
    return math.prod(len(values) for values in _lists(sweep).values())


def _lists(sweep: Mapping[str, Any]) -> dict[str, Any]:
    lists = _dotted(sweep)
    for field, values in lists.items():
        if not isinstance(values, list | tuple) or not values:
            raise BadInput(f"sweep.{field}: give the list of values to take it through, as in [16, 64].")
        if len({repr(value) for value in values}) < len(values):
            raise BadInput(f"sweep.{field} names a value twice: once is enough.")
    return lists


def _dotted(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tables.items():
        flat |= _dotted(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return flat
