"""What a framework's own data loader has written for us: an `export.json` beside arrays or a zip of encoded pictures.

torchvision and tensorflow-datasets run in their own processes (they must never share one, nor enter this one) and leave
images.npy uint8 (n, height, width[, channels]) or images.zip (00000000.png, ...), and labels.npy int64 (n,).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from common.array_files import map_array
from common.data.raw import ArraySplit, Labels, RawSplit
from common.data.tree import ZipTree
from common.errors import BadInput
from common.files import write_text
from common.specs.dataset_spec import DatasetSpec

_NOTE = "export.json"


class ExportNote(BaseModel):
    """What an export folder holds; written last. `order` says whether the pictures come as they were published."""

    model_config = ConfigDict(extra="forbid")
    dataset: str
    split: str
    source: str
    form: Literal["arrays", "zip"]
    count: int
    order: Literal["published", "own"]


class ZipSplit:
    """Pictures in a zip, in the order of their numbered names."""

    def __init__(
        self, tree: ZipTree, labels: Labels | None, classes: tuple[str, ...], variant: str, origin: str
    ) -> None:
        self._tree, self._names = tree, tree.names()
        self.labels, self.classes, self.variant, self.origin = labels, classes, variant, origin
        self.fingerprint = tree.fingerprint(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def picture(self, index: int) -> bytes:
        """The encoded picture."""
        return self._tree.read(self._names[index])

    def name(self, index: int) -> str:
        """`picture 17 of SOURCE`."""
        return f"picture {index} of {self.origin}"


def write_note(folder: Path, note: ExportNote) -> None:
    """Declare an export complete."""
    write_text(folder / _NOTE, note.model_dump_json(indent=2) + "\n")


def open_export(spec: DatasetSpec, split: str, folder: Path) -> RawSplit:
    """The pictures of a finished export.

    Raises:
        BadInput: the export is unfinished, of another data set, or damaged.
    """
    try:
        note = ExportNote.model_validate_json((folder / _NOTE).read_bytes())
        labels = map_array(folder / "labels.npy") if (folder / "labels.npy").is_file() else None
        images = map_array(folder / "images.npy") if note.form == "arrays" else None
    except (OSError, ValueError, ValidationError) as error:
        raise BadInput(f"{folder} is no finished export of {spec.name} ({error}): run the source again.") from error
    if (note.dataset, note.split) != (spec.name, split):
        raise BadInput(f"{folder} holds {note.dataset} {note.split}, not {spec.name} {split}.")
    variant = "" if note.order == "published" else f"{note.source}-order"
    classes = spec.classes if labels is not None else ()
    raw: RawSplit
    if images is not None:
        raw = ArraySplit(images, labels, classes, f"{note.source} {note.count}", note.source, variant)
    else:
        raw = ZipSplit(ZipTree(folder / "images.zip"), labels, classes, variant, note.source)
    if len(raw) != note.count or (labels is not None and len(labels) != note.count):
        raise BadInput(
            f"{folder} does not hold the {note.count} pictures and labels it announces: run the source again."
        )
    return raw
