"""Files of unknown origin, read within bounds: what cannot be used is one sentence, not a trace or all of the memory.

What is trusted and what is not stands in SECURITY.md.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from common.errors import BadInput

LARGEST_JSON = 256 << 20
LARGEST_TEXT = 8 << 20
M = TypeVar("M", bound=BaseModel)


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of a plain file.

    Raises:
        BadInput: it is not there, it is a folder, a pipe or a device, it has more than `largest` bytes, or it cannot be
            read.
    """
    try:
        if not path.is_file():  # a pipe that nobody writes to would be waited for
            raise BadInput(f"There is no file {path}." if not path.exists() else f"{path} is no plain file.")
        with path.open("rb") as handle:
            # room for what there is: to make room for `largest` takes longer than to read
            room = min(os.fstat(handle.fileno()).st_size, largest) + 1
            data = handle.read(room)
            if len(data) == room:  # it has grown, or is one of those that do not say how large they are
                data += handle.read(largest + 1 - room)
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror or error}.") from error
    if len(data) > largest:
        raise BadInput(f"{path} is larger than {largest >> 20} MB: that is too much for a file of its kind.")
    return data


def read_text(path: Path, largest: int = LARGEST_TEXT) -> str:
    """The text of a UTF-8 file.

    Raises:
        BadInput: as `read_bytes`, or it is no UTF-8 text.
    """
    try:
        return read_bytes(path, largest).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.") from error


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        BadInput: it is not TOML, with the line, or nested too deeply.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BadInput("malformed TOML: values are nested too deeply.") from error
    except ValueError as error:  # TOMLDecodeError is one, and so is what a number of 10,000 digits raises
        end = f"at line {max(1, len(text.splitlines()))}, the end of the file"
        raise BadInput(f"malformed TOML: {str(error).replace('at end of document', end)}.") from error


def read_model(path: Path, kind: type[M], what: str) -> M:
    """A JSON file as the model that describes it.

    Args:
        path: the file.
        kind: the model.
        what: what the file should be, for the sentence: "a record of schema 2".

    Raises:
        BadInput: as `read_bytes`; or it is no JSON, or another thing; the first wrong field is named.
    """
    data = read_bytes(path, LARGEST_JSON)
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "json_invalid":
            raise BadInput(f"{path} is not JSON ({first['msg'].removeprefix('Invalid JSON: ')}).") from error
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path} is not {what}: {field}: {first['msg']}.") from error
    except BadInput as error:  # of a spec inside
        raise BadInput(f"{path} is not {what}: {error}") from error
