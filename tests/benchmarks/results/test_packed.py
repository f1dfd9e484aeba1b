"""Losses and windows in records: packed where nothing is lost, and read from either form."""

from __future__ import annotations

import base64
import json
import math
import struct
import zlib

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from benchmarks.results.packed import Numbers, Rows


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


class _Window(BaseModel):
    name: str
    seconds: float
    splits: tuple[int, ...] = ()


class _Race(BaseModel):
    windows: Rows[_Window] = []


WINDOWS = [_Window(name="täglich", seconds=1 / (3 + index), splits=(1, index)) for index in range(200)]


def test_rows_are_one_text_of_a_sixth_that_is_read_again_exactly() -> None:
    text = _Race(windows=WINDOWS).model_dump_json()
    assert len(text) < len("".join(window.model_dump_json() for window in WINDOWS)) / 2
    assert _Race.model_validate_json(text).windows == WINDOWS
    packed = json.loads(text)["windows"]
    assert json.loads(zlib.decompress(base64.b64decode(packed)))[1] == json.loads(WINDOWS[1].model_dump_json())
    assert _Race.model_validate_json(_Race().model_dump_json()).windows == []


def test_older_files_hold_rows_as_lists_and_python_sees_them() -> None:
    plain = {"windows": [window.model_dump() for window in WINDOWS]}
    assert _Race(windows=WINDOWS).model_dump() == plain
    assert _Race.model_validate_json(json.dumps(plain)).windows == WINDOWS


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#", "base64"),
        (_packed(b"rows"), "no compressed rows"),
        (_packed(zlib.compress(b"[1, 2, 3]")[:-6]), "cut off"),
        (_packed(zlib.compress(b"[" * 100_000)), "nested too deeply"),
        (_packed(zlib.compress(b"[1, ")), "Expecting value"),
        (_packed(zlib.compress(b'[{"name": 3}]')), "windows.0.name"),
    ],
)
def test_damaged_rows_are_refused(text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        _Race.model_validate_json(json.dumps({"windows": text}))


def test_rows_that_would_fill_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.results.packed._MOST_BYTES", 1 << 20)
    bomb = json.dumps({"windows": _packed(zlib.compress(b" " * (2 << 20)))})
    with pytest.raises(ValidationError, match="more than 1 MB"):
        _Race.model_validate_json(bomb)
