"""Spec floats are float32 numbers, finite, and within their bounds after rounding; specs are immutable and closed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from common.specs.base import Float32, Spec, to_float32


class Example(Spec):
    free: Float32 = 0.2
    below_one: Float32 = Field(0.5, ge=0, lt=1)
    positive: Float32 = Field(1e-8, gt=0)
    maybe: Float32 | None = Field(None, gt=0)


def test_float32_by_hand() -> None:
    # 0.2 = 0.0011 0011 ... in binary; 24 significant bits end in ...1101, rounded up: 13421773 / 2**26
    assert to_float32(0.2) == 13421773 / 2**26
    assert Example(free=0.2).free == 13421773 / 2**26
    assert to_float32(0.5) == 0.5
    assert to_float32(1 + 2**-24) == 1.0  # a tie goes to the even neighbour
    assert to_float32(16777217) == 16777216.0


@given(st.floats(allow_nan=False, allow_infinity=False, width=64, min_value=-3e38, max_value=3e38))
def test_a_spec_float_survives_float32_and_is_the_nearest_one(value: float) -> None:
    kept = Example(free=value).free
    assert float(np.float32(kept)) == kept
    below, above = (float(np.nextafter(np.float32(kept), np.float32(way))) for way in (-np.inf, np.inf))
    assert abs(kept - value) <= min(abs(below - value), abs(above - value))
    assert Example(free=kept).free == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("below_one", 0.99999999999),  # is 1 in float32
        ("below_one", 1),
        ("below_one", -1e-30),
        ("positive", 1e-60),  # is 0 in float32
        ("positive", 0),
        ("maybe", 1e-60),
        ("free", math.inf),
        ("free", -math.inf),
        ("free", math.nan),
        ("free", 1e39),  # is infinite in float32
        ("free", 10**400),
        ("free", "much"),
        ("free", None),
        ("free", [1.0]),
    ],
)
def test_floats_that_no_training_can_use_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Example(**{field: value})
    assert caught.value.errors()[0]["loc"][0] == field


def test_defaults_are_rounded_too_so_that_a_spec_read_back_from_json_is_the_same() -> None:
    assert Example().free == to_float32(0.2)
    assert Example.model_validate_json(Example().model_dump_json()) == Example()


def test_text_is_rounded_like_the_number_it_stands_for() -> None:
    assert Example.model_validate({"free": "0.2", "maybe": "0.1"}) == Example(free=0.2, maybe=0.1)
    assert Example(maybe=0.1).maybe == to_float32(0.1)


def test_specs_are_closed_and_immutable() -> None:
    with pytest.raises(ValidationError, match="fre"):
        Example(fre=1.0)  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="frozen"):
        Example().free = 1.0  # type: ignore[misc]
