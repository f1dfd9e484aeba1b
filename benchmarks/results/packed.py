"""Long lists in JSON, packed into one text where that loses nothing: `Numbers`, and `Rows` of anything.

A training has a loss for every iteration. Engines compute it in float32, whose digits as a float64
are some 20 characters; as the base64 text of its 4 bytes it has 5.3. A race has thousands of windows of a kilobyte,
nearly all of it names: compressed by zlib they have a sixth.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, SerializerFunctionWrapHandler, WrapSerializer

_MOST_BYTES = 256 << 20  # as of a JSON file: a few bytes of a damaged record could unpack to all of the memory
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
    data = _bytes(packed)
    if len(data) % _LITTLE_FLOAT32.itemsize:
        raise ValueError(f"{len(data)} bytes are no whole number of float32")
    return np.frombuffer(data, _LITTLE_FLOAT32).tolist()


def pack_rows(rows: Any, plain: SerializerFunctionWrapHandler) -> str:
    """The base64 text of the compressed JSON of `rows`, each of which `plain` writes as it would be written alone."""
    text = json.dumps(plain(rows), separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), level=9)).decode()


def unpack_rows(packed: Any) -> Any:
    """The rows of a packed text, as JSON has them; anything else as it is.

    Raises:
        ValueError: the text is not one that `pack_rows` makes, or too much is in it.
    """
    if not isinstance(packed, str):
        return packed
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(_bytes(packed), _MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"no compressed rows ({error})") from error
    if not inflate.eof:
        raise ValueError(f"compressed rows are cut off, or more than {_MOST_BYTES >> 20} MB")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("compressed rows are nested too deeply") from error


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # of letters that base64 has not, or a number of them that it cannot have
        raise ValueError(f"no base64 text of numbers ({error})") from error


R = TypeVar("R")
Rows = Annotated[list[R], BeforeValidator(unpack_rows), WrapSerializer(pack_rows, when_used="json")]
Numbers = Annotated[list[float], BeforeValidator(unpack), PlainSerializer(pack, when_used="json")]
