"""Checkpoints: an engine's whole state and the clocks so far in one safetensors file, written atomically."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import save

from common.errors import BadInput
from common.files import atomic_write

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """A training after `epoch` epochs: tensors by name, and what else it takes to go on as if never stopped."""

    epoch: int
    tensors: dict[str, NDArray[Any]]
    notes: dict[str, Any]


def save_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], metadata: dict[str, str]) -> None:
    """Write named arrays as safetensors, atomically."""
    data = save({name: np.require(array, requirements="C") for name, array in tensors.items()}, metadata=metadata)
    with atomic_write(path) as handle:
        handle.write(data)


def load_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and the metadata of a safetensors file.

    Raises:
        BadInput: the file is missing or damaged.
    """
    try:
        with safetensors.safe_open(path, framework="numpy") as handle:
            return {name: handle.get_tensor(name) for name in handle.keys()}, handle.metadata() or {}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise BadInput(f"{path} is not a readable safetensors file ({error}): remove it.") from error


def save_checkpoint(folder: Path, cell_id: str, checkpoint: Checkpoint) -> None:
    """Write `folder`/epoch_NNNN.safetensors, then remove all but the newest two."""
    metadata = {"cell": cell_id, "epoch": str(checkpoint.epoch), "notes": json.dumps(checkpoint.notes)}
    save_tensors(folder / f"epoch_{checkpoint.epoch:04d}.safetensors", checkpoint.tensors, metadata)
    for old in sorted(folder.glob("epoch_*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)


def latest_checkpoint(folder: Path, cell_id: str) -> Checkpoint | None:
    """The newest whole checkpoint of this very cell; a damaged one is passed over for the one before it."""
    for path in sorted(folder.glob("epoch_*.safetensors"), reverse=True):
        try:
            tensors, metadata = load_tensors(path)
        except BadInput:
            continue
        if metadata.get("cell") == cell_id:
            return Checkpoint(int(metadata["epoch"]), tensors, json.loads(metadata["notes"]))
    return None
