"""The base of every spec: immutable, no unknown fields, floats that float32 can hold exactly.

TensorFlow keeps some attributes (LeakyReLU's slope among them) in float32. A spec float is therefore rounded to the
nearest float32 once, here, so that every framework computes with the same number in float64 as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from common.errors import BadInput, unknown_name


class Spec(BaseModel):
    """An immutable, validated description; equal specs have equal JSON."""

    # defaults are rounded like any other value, or a spec would change, and its id, when it is read back from JSON;
    # JSON has no infinity
    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), validate_default=True, allow_inf_nan=False
    )


def to_float32(value: float) -> float:
    """The float64 number that is exactly the float32 nearest to `value`: `float(np.float32(value))`."""
    with np.errstate(over="ignore"):  # beyond float32 it becomes infinite, which a spec refuses
        return float(np.float32(value)) + 0.0  # -0.0 is equal to 0.0, and shall be so in JSON as well


def _rounded(value: Any) -> Any:
    try:
        return to_float32(float(value))
    except (TypeError, ValueError, OverflowError):
        return value  # no number: the field itself says so


# what models and engines are called; files and pages are named after them
Name = Annotated[str, Field(pattern=r"^\w[\w.+-]*$", max_length=100)]
# rounded before the bounds are checked: 0.99999999999 rounds to 1, which a field below 1 has to refuse
Float32 = Annotated[float, BeforeValidator(_rounded)]


def flatten(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys: {"network": {"width": 32}} -> {"network.width": 32}."""
    flat: dict[str, Any] = {}
    for key, value in data.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def shared(kind: type[Spec]) -> BeforeValidator:
    """Reads a table as the spec `kind`, equal tables as one and the same: thousands of cells have few models."""

    @lru_cache(maxsize=1024)
    def known(text: str) -> Spec:
        return kind.model_validate(json.loads(text))

    def parse(data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        try:
            text = json.dumps(data)
        except (TypeError, ValueError, RecursionError):  # no JSON, so no spec: let the fields say it
            return data
        return known(text)

    return BeforeValidator(parse)


def tagged(tag: str, find: Callable[[str], type[Spec]]) -> BeforeValidator:
    """Reads a table as the spec that its field `tag` names; what is a spec already is left as it is.

    A text alone is the tag of a spec with its usual constants: `objective = "hinge"`.

    Unlike pydantic's discriminated unions it names fields as a user writes them: `network.width`, without the tag.

    Args:
        tag: the field that says which spec is meant ("kind").
        find: the class for a tag; raises BadInput if there is none.
    """

    def parse(data: Any) -> Any:
        if isinstance(data, Spec):
            return data
        if isinstance(data, str):
            data = {tag: data}
        if not isinstance(data, Mapping):
            raise PydanticCustomError("table", "A table with the field '{tag}' is needed", {"tag": tag})
        if tag not in data:
            raise _refused(tag, data, "missing")
        try:
            kind = find(str(data[tag]))
        except BadInput as error:
            sentence = {"sentence": str(error).rstrip(".")}
            raise _refused(tag, data[tag], PydanticCustomError("unknown", "{sentence}", sentence)) from error
        return kind.model_validate(data)

    return BeforeValidator(parse)


def one_of(what: str, tag: str, *kinds: type[Spec]) -> BeforeValidator:
    """`tagged` for a closed choice: `kinds` by the defaults of their field `tag`; `what` names them in errors."""
    by_tag = {kind.model_fields[tag].default: kind for kind in kinds}

    def find(name: str) -> type[Spec]:
        if name not in by_tag:
            raise unknown_name(what, name, by_tag)
        return by_tag[name]

    return tagged(tag, find)


def _refused(field: str, value: Any, reason: str | PydanticCustomError) -> ValidationError:
    details = InitErrorDetails(type=reason, loc=(field,), input=value)
    return ValidationError.from_exception_data("Spec", [details])
