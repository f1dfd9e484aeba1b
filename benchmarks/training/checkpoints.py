"""Checkpoints: an engine's whole state and the clocks so far in one safetensors file, written atomically."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from common.errors import BadInput
from common.tensor_files import load_tensors, save_tensors

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """A training after `epoch` epochs: tensors by name, and what else it takes to go on as if never stopped."""

    epoch: int
    tensors: dict[str, NDArray[Any]]
    notes: dict[str, Any]


def save_checkpoint(folder: Path, cell_id: str, checkpoint: Checkpoint) -> None:
    """Write `folder`/epoch_NNNN.safetensors, then remove all but the newest two."""
    notes = {"cell": cell_id, "epoch": checkpoint.epoch, "notes": checkpoint.notes}
    save_tensors(folder / f"epoch_{checkpoint.epoch:04d}.safetensors", checkpoint.tensors, notes)
    for old in sorted(folder.glob("epoch_*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)


def refuse_other_origin(folder: Path, was: dict[str, str], now: dict[str, str]) -> None:
    """That a training goes on with what it was begun with: the same images, computed by the same versions.

    Raises:
        BadInput: something differs; the sentence says what.
    """
    for name in sorted(was.keys() | now.keys()):
        before, today = was.get(name, "none"), now.get(name, "none")
        if before != today:
            raise BadInput(
                f"The training in {folder} was begun with {name} {before[:12]}, and today it is {today[:12]}: delete "
                "that folder to train anew, or go on with what it was begun with."
            )


def latest_checkpoint(folder: Path, cell_id: str) -> Checkpoint | None:
    """The newest whole checkpoint of this very cell; a damaged one is passed over for the one before it."""
    for path in sorted(folder.glob("epoch_*.safetensors"), reverse=True):
        try:
            tensors, notes = load_tensors(path)
        except BadInput:
            continue
        epoch, own = notes.get("epoch"), notes.get("notes")
        if notes.get("cell") == cell_id and isinstance(epoch, int) and isinstance(own, dict):
            return Checkpoint(epoch, tensors, own)
    return None
