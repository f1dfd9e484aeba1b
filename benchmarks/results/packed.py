"""Long lists of numbers as JSON: packed into one text where that loses nothing.

A training has a loss for every iteration. Engines compute it in float32, whose digits as a float64
are some 20 characters; as the base64 text of its 4 bytes it has 5.3.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer

_LITTLE_FLOAT32 = np.dtype("<f4")


def pack(values: list[float]) -> str | list[float]:
    """The base64 text of `values` as little-endian float32, NaN included; `values` themselves if they need more."""
    exact = np.asarray(values, np.float64)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and so is seen to differ
        single = exact.astype(_LITTLE_FLOAT32)
    if not np.array_equal(single.astype(np.float64), exact, equal_nan=True):
        return values
    return base64.b64encode(single.tobytes()).decode()


def unpack(packed: Any) -> Any:
    """The numbers of a packed text; anything else as it is.

    Raises:
        ValueError: the text is not one that `pack` makes.
    """
    if not isinstance(packed, str):
        return packed
    try:
        data = base64.b64decode(packed, validate=True)
    except ValueError as error:  # of letters that base64 has not, or a number of them that it cannot have
        raise ValueError(f"no base64 text of numbers ({error})") from error
    if len(data) % _LITTLE_FLOAT32.itemsize:
        raise ValueError(f"{len(data)} bytes are no whole number of float32")
    return np.frombuffer(data, _LITTLE_FLOAT32).tolist()


Numbers = Annotated[list[float], BeforeValidator(unpack), PlainSerializer(pack, when_used="json")]
