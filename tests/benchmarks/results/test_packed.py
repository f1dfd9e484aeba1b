"""Losses in records: packed where nothing is lost, and read from either form."""

from __future__ import annotations

import base64
import json
import math
import struct

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from benchmarks.results.packed import Numbers


class _Curves(BaseModel):
    losses: dict[str, Numbers]


def _written(values: list[float]) -> object:
    return json.loads(_Curves(losses={"generator": values}).model_dump_json())["losses"]["generator"]


def test_float32_numbers_are_one_text_of_their_bytes() -> None:
    assert _written([1.0, -2.5]) == base64.b64encode(struct.pack("<2f", 1.0, -2.5)).decode()


def test_what_was_written_is_read_again_bit_for_bit() -> None:
    single = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    values = [*single.tolist(), math.inf, -math.inf, 0.0, -0.0]
    curves = _Curves(losses={"generator": values})
    text = curves.model_dump_json()
    assert len(text) < 6 * len(values)
    assert np.array(_Curves.model_validate_json(text).losses["generator"]).tobytes() == np.array(values).tobytes()
    again = _Curves.model_validate_json(_Curves(losses={"generator": [math.nan, 1.0]}).model_dump_json())
    assert math.isnan(again.losses["generator"][0])


@pytest.mark.parametrize("values", [[1 / 3], [1e300], [2.0**24 + 1]])
def test_numbers_that_need_more_than_float32_stay_as_they_are(values: list[float]) -> None:
    assert _written(values) == values


def test_python_sees_numbers_and_older_files_hold_lists() -> None:
    assert _Curves(losses={"generator": [0.5]}).model_dump() == {"losses": {"generator": [0.5]}}
    assert _Curves.model_validate_json('{"losses": {"generator": [0.5, 1]}}').losses == {"generator": [0.5, 1.0]}
    assert _written([]) == ""
    assert _Curves.model_validate_json('{"losses": {"generator": ""}}').losses == {"generator": []}


@pytest.mark.parametrize(("text", "says"), [("AAAA", "3 bytes"), ("#", "base64"), ("ä", "base64"), ("AAA", "base64")])
def test_a_damaged_text_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        _Curves.model_validate_json(json.dumps({"losses": {"generator": text}}))
