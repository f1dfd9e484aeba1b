"""The base of every spec: immutable, no unknown fields, floats that float32 can hold exactly.

TensorFlow keeps some attributes (LeakyReLU's slope among them) in float32. A spec float is therefore rounded to the
nearest float32 once, here, so that every framework computes with the same number in float64 as well.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict


class Spec(BaseModel):
    """An immutable, validated description; equal specs have equal JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


def to_float32(value: float) -> float:
    """The float64 number that is exactly the float32 nearest to `value`: `float(np.float32(value))`."""
    return float(np.float32(value))


Float32 = Annotated[float, AfterValidator(to_float32)]
