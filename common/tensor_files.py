"""Named arrays in one safetensors file, with notes; equal content gives equal bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import save

from common.errors import BadInput
from common.files import atomic_write

# one key, since the library writes several in random order
_KEY = "ganbench"


def save_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], notes: Mapping[str, Any]) -> None:
    """Write named arrays and JSON-able notes, atomically.

    Raises:
        GanbenchError: the disk is full or the folder cannot be written.
    """
    arrays = {name: np.require(array, requirements="C") for name, array in tensors.items()}
    data = save(arrays, metadata={_KEY: json.dumps(notes, sort_keys=True)})
    with atomic_write(path) as handle:
        handle.write(data)


def load_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays and the notes of a file; no notes if it was not written by `save_tensors`.

    Raises:
        BadInput: the file is missing or damaged.
    """
    with _opened(path) as handle:
        return {name: handle.get_tensor(name) for name in handle.keys()}, _notes(handle)  # noqa: SIM118


def load_notes(path: Path) -> dict[str, Any]:
    """The notes of a file, without reading its arrays.

    Raises:
        BadInput: as `load_tensors`.
    """
    with _opened(path) as handle:
        return _notes(handle)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        with safetensors.safe_open(path, framework="numpy") as handle:
            yield handle
    except (OSError, safetensors.SafetensorError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadInput(f"{path} is not a readable safetensors file ({error}): remove it.") from error


def _notes(handle: Any) -> dict[str, Any]:
    notes = json.loads((handle.metadata() or {}).get(_KEY, "{}"))
    return notes if isinstance(notes, dict) else {}
