"""`ganbench interpolate`: from its options to what is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.drawing.request import Request
from common.errors import BadInput


def walk_request(weights: Path, labels: tuple[str, ...] | None, **options: Any) -> Request:
    """The request of a walk through `labels`, or without any through points of noise; `options` are its other fields.

    Raises:
        BadInput: a label that is no number.
    """
    if labels is None:
        return Request(weights=weights, **options)
    try:
        numbers = tuple(int(label) for label in labels)
    except ValueError as error:
        raise BadInput(f"--labels {','.join(labels)}: classes are whole numbers, as in --labels 0,1,2.") from error
    return Request(weights=weights, labels=numbers, **{**options, "points": 0})
